/**
 * A listener with ordered retry in a process of its own that kills itself between two steps. Arguments: one JSON text, see CrashingArguments.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ListenerRecord } from '@stocker/kafka-config'
import {
  DeadLetterPublishingRecoverer,
  eachRecord,
  fixedBackOff,
  KafkaConsumerConfig,
  KafkaProducerConfig,
} from '@stocker/kafka-config'
import { quickConfig } from '../support-config.ts'
import type { CrashPoint } from './crash-points.ts'

export interface CrashingArguments {
  readonly bootstrapServers: string
  readonly groupId: string
  readonly topic: string
  /** undefined: it lives. */
  readonly crashAt?: CrashPoint
}

export interface CrashingMessage {
  readonly handled: string
}

const { bootstrapServers, groupId, topic, crashAt } = JSON.parse(process.argv[2] ?? '{}') as CrashingArguments
const at = (point: CrashPoint): void => {
  if (point === crashAt) process.kill(process.pid, 'SIGKILL')
}
/** Longer than between two commits. */
const COMMITTED_AFTER_MS = 300

const config = quickConfig(bootstrapServers, groupId)
const failures = (value: unknown) => (value === 'fails twice' ? 2 : value === 'always fails' ? Infinity : 0)
const failedOnce = (_record: ListenerRecord, _error: unknown, attempt: number) =>
  at(attempt === 1 ? 'a record failed and was not parked yet' : 'a parked record failed again')

const container = new KafkaConsumerConfig(config).createListenerContainer({
  topics: [topic],
  orderedRetry: {},
  errorHandler: {
    backOff: fixedBackOff(500, 3),
    recoverer: new DeadLetterPublishingRecoverer(new KafkaProducerConfig(config).createSender()),
    retryListeners: [
      {
        failedDelivery: failedOnce,
        recovered: () => at('a record is in the dead letters, nothing was committed'),
      },
    ],
  },
  listener: eachRecord(async ({ value }, { attempt }) => {
    if (attempt <= failures(value)) throw new Error('not yet')
    await new Promise((resolve) => process.send?.({ handled: value } satisfies { handled: unknown }, resolve))
    if (value === 'last') {
      void delay(COMMITTED_AFTER_MS).then(() => at('a record is parked and later ones of other keys are committed'))
    }
    if (value === 'fails twice') at('a parked record was handled, nothing was committed')
    if (value === 'behind the dead letter') at('the record behind a dead letter was handled')
  }),
})
await container.start()
