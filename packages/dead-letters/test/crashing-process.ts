/**
 * A listener, the feeder of its dead letters and their redriver in one process that kills itself between two steps. Its inbox is a table. Arguments: one
 * JSON text, see CrashingArguments.
 */
import type { RecordSender } from '@stocker/kafka-config'
import {
  DeadLetterPublishingRecoverer,
  eachRecord,
  fixedBackOff,
  KafkaConsumerConfig,
  KafkaProducerConfig,
} from '@stocker/kafka-config'
import { Pool } from 'pg'
import { quickConfig } from '../../kafka-config/test/support-config.ts'
import { createRedriveConfirmations, DeadLetterFeeder, DeadLetterIntake, Redriver } from '../src/index.ts'
import type { CrashPoint } from './crash-points.ts'

export interface CrashingArguments {
  readonly bootstrapServers: string
  readonly databaseUrl: string
  readonly groupId: string
  readonly topic: string
  readonly resultsTopic: string
  /** undefined: it lives. */
  readonly crashAt?: CrashPoint
}

const args = JSON.parse(process.argv[2] ?? '{}') as CrashingArguments
const { topic, resultsTopic, groupId } = args
const at = (point: CrashPoint): void => {
  if (point === args.crashAt) process.kill(process.pid, 'SIGKILL')
}

// The killed member's successor is the same one, and waits for no session to end.
const configOf = (group: string) =>
  quickConfig(args.bootstrapServers, group, {
    'spring.kafka.consumer.properties.group.instance.id': `${group}-0`,
  })
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const pool = new Pool({ connectionString: args.databaseUrl, max: 6 })
const sender = new KafkaProducerConfig(configOf(groupId)).createSender()

const crashing = (before: CrashPoint, behind: CrashPoint): RecordSender => ({
  send: async (record) => {
    at(before)
    const place = await sender.send(record)
    at(behind)
    return place
  },
})

const container = new KafkaConsumerConfig(configOf(groupId)).createListenerContainer({
  topics: [topic],
  redrive: {
    sender: crashing(
      'the listener has handled it, nothing was confirmed',
      'it was confirmed, its offset not committed',
    ),
    resultsTopic,
    partitions: 2,
  },
  errorHandler: { backOff: fixedBackOff(0, 0), recoverer: new DeadLetterPublishingRecoverer(sender) },
  listener: eachRecord(async ({ key, value }) => {
    const { n, fails } = value as { readonly n: number; readonly fails?: boolean }
    if (fails) throw new Error('never handled')
    await pool.query('insert into effects (key, n) values ($1, $2) on conflict do nothing', [key, n])
  }),
})
const redriver = new Redriver({
  pool,
  logger,
  leaseMs: 1_000,
  pollMs: 20,
  sender: crashing('a dead letter was claimed, not sent', 'it was sent, which was not stored'),
})
const confirmations = createRedriveConfirmations({
  kafka: configOf(`${groupId}-results`),
  pool,
  logger,
  topic: resultsTopic,
  onConfirmed: () => {
    at('the confirmation was stored, its offset not committed')
    redriver.wake()
  },
})
const feeder = new DeadLetterFeeder({
  kafka: configOf(`${groupId}-feeder`),
  intake: new DeadLetterIntake(pool, 3),
  logger,
  suffixes: [`${topic}-dlt`],
  onTaken: ({ arrived, failedAgain }) => {
    if (arrived > 0) at('the dead letters were stored, their offsets not committed')
    if (failedAgain > 0) at('it failed again, which was stored, its offset not committed')
  },
})
await container.start()
await confirmations.start()
feeder.start()
redriver.start()
