/**
 * A listener with retry topics in a process of its own that kills itself between two steps. Arguments: one JSON text, see CrashingArguments.
 */
import type { ListenerRecord } from '@stocker/kafka-config'
import { eachRecord, KafkaConsumerConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { quickConfig } from '../support-config.ts'
import type { CrashPoint } from './crash-points.ts'

export interface CrashingArguments {
  readonly bootstrapServers: string
  readonly groupId: string
  readonly topic: string
  /** undefined: it lives. */
  readonly crashAt?: CrashPoint
}

export type CrashingMessage = { readonly value: unknown; readonly topic: string; readonly attempts: 'main' | 'retry' }

const { bootstrapServers, groupId, topic, crashAt } = JSON.parse(process.argv[2] ?? '{}') as CrashingArguments
const at = (point: CrashPoint): void => {
  if (point === crashAt) process.kill(process.pid, 'SIGKILL')
}
const inMain = (record: ListenerRecord) => record.topic === topic

const config = quickConfig(bootstrapServers, groupId)
const container = new KafkaConsumerConfig(config).createListenerContainer({
  topics: [topic],
  retryTopics: {
    sender: new KafkaProducerConfig(config).createSender(),
    attempts: 2,
    backOff: { initialMs: 100 },
  },
  errorHandler: {
    retryListeners: [
      {
        failedDelivery: (record) =>
          at(inMain(record) ? 'the record failed, nothing was sent' : 'it failed in the retry topic, nothing was sent'),
        recovered: (record) =>
          at(
            inMain(record)
              ? 'it was sent on, nothing was committed'
              : 'it was sent to the dead letters, nothing was committed',
          ),
      },
    ],
  },
  listener: eachRecord(async (record) => {
    const { value } = record
    if (value === 'always fails' || (value === 'fails once' && inMain(record))) throw new Error('not yet')
    await new Promise((resolve) =>
      process.send?.({ value, topic: record.topic, attempts: inMain(record) ? 'main' : 'retry' }, resolve),
    )
    if (!inMain(record)) at('it was handled in the retry topic, nothing was committed')
  }),
})
await container.start()
process.on('SIGTERM', () => void container.stop().then(() => process.exit()))
