import type { ListenerRecord } from '@stocker/kafka-config'
import {
  DeadLetterPublishingRecoverer,
  eachRecord,
  fixedBackOff,
  KafkaConsumerConfig,
  KafkaProducerConfig,
  KafkaTopicConfig,
} from '@stocker/kafka-config'
import { testConfig } from '../../../../packages/kafka-config/test/support.ts'
import { testTopic, waitFor } from '../../../../test/servers.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'

export interface FailingShop extends AsyncDisposable {
  readonly console: TestConsole
  readonly topic: string
  readonly consumerGroup: string
  /** What the listener has handled, as keys in their order. */
  readonly handled: readonly string[]
  /** The same, as values. */
  readonly handledValues: readonly unknown[]
  /** From now on the listener handles what it gets. */
  mend(): void
  /** Sends records that the listener fails at, and waits until they are dead letters in the console. Their ids in the order of the keys. */
  deadLetters(keys: readonly string[], valueFor?: (key: string, n: number) => object): Promise<readonly string[]>
}

/** A console, and a listener of a topic of its own that fails at everything until it is mended. */
export async function openFailingShop(): Promise<FailingShop> {
  const config = testConfig()
  const topic = testTopic('orders')
  const resultsTopic = `${topic}-results`
  await using topics = new KafkaTopicConfig(
    config,
    [topic, `${topic}-dlt`].map((name) => ({ name, partitions: 1 })),
  )
  await topics.ensureTopics()
  const sender = new KafkaProducerConfig(config).createSender()
  const handled: string[] = []
  const handledValues: unknown[] = []
  const state = { broken: true }
  const listener = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    redrive: { sender, resultsTopic, partitions: 1 },
    errorHandler: { backOff: fixedBackOff(0, 0), recoverer: new DeadLetterPublishingRecoverer(sender) },
    listener: eachRecord((record: ListenerRecord) => {
      if (state.broken) throw new Error(`no price for ${record.key}`)
      handled.push(String(record.key))
      handledValues.push(record.value)
    }),
  })
  await listener.start()
  const opened = await startConsole({
    'dead-letters.suffixes': `${topic}-dlt`,
    'dead-letters.results-topic': resultsTopic,
  })
  let sent = 0

  return {
    console: opened,
    topic,
    consumerGroup: config.consumer.groupId as string,
    handled,
    handledValues,
    mend: () => {
      state.broken = false
    },
    deadLetters: async (keys, valueFor = (key, n) => ({ eventId: `e-${n}`, sku: key, price: 7 })) => {
      await sender.sendAll(keys.map((key) => ({ topic, key, value: JSON.stringify(valueFor(key, sent++)) })))
      return waitFor(
        async () => {
          const answer = await opened.ask('operator', `/ops/api/dead-letters?topic=${topic}&limit=500`)
          const { deadLetters } = (await answer.json()) as { deadLetters: readonly { id: string }[] }
          return deadLetters.length === sent && deadLetters.map(({ id }) => id).reverse()
        },
        { what: `${sent} dead letters` },
      )
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
      await listener.stop()
      await sender.close({ timeoutMs: 0 })
    },
  }
}
