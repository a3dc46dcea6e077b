import type { KafkaConfig, KafkaSender, ListenerRecord } from '@stocker/kafka-config'
import { KafkaConsumerConfig, KafkaProducerConfig, readGroupLag } from '@stocker/kafka-config'
import { afterEach } from 'vitest'

type Options = Parameters<KafkaConsumerConfig['createListenerContainer']>[0]

/** Containers and senders that are closed when their test is over. */
export function useListeners() {
  const open: { stop(): Promise<void> }[] = []
  const senders: KafkaSender[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((container) => container.stop()))
    await Promise.all(senders.splice(0).map((sender) => sender.close({ timeoutMs: 0 })))
  })
  return {
    /** Not started yet. Without a listener in the options, what comes is in `records`. */
    listen(config: KafkaConfig, topics: readonly string[], options: Partial<Options> = {}) {
      const records: ListenerRecord[] = []
      const container = new KafkaConsumerConfig(config).createListenerContainer({
        topics,
        listener: async (batch) => void records.push(...batch),
        ...options,
      })
      open.push(container)
      return { container, records }
    },

    openSender(config: KafkaConfig): KafkaSender {
      const sender = new KafkaProducerConfig(config).createSender()
      senders.push(sender)
      return sender
    },
  }
}

/** Values as JSON; ten keys in turn unless `key` says otherwise. */
export async function produce(
  config: KafkaConfig,
  topic: string,
  values: readonly unknown[],
  key?: (index: number) => string,
): Promise<void> {
  await using sender = new KafkaProducerConfig(config).createSender()
  await sender.sendAll(
    values.map((value, index) => ({ topic, key: key?.(index) ?? `key-${index % 10}`, value: JSON.stringify(value) })),
  )
}

/** Sum over the topic's partitions of what the group of the configuration has committed. */
export async function committed(
  config: KafkaConfig,
  topic: string,
  groupId = config.consumer.groupId,
): Promise<bigint> {
  const lag = await readGroupLag(config, groupId as string, [topic])
  return lag.reduce((sum, partition) => sum + (partition.committed ?? 0n), 0n)
}
