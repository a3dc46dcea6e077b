import type { KafkaConfig, ListenerRecord } from '@stocker/kafka-config'
import {
  DeadLetterPublishingRecoverer,
  eachRecord,
  fixedBackOff,
  KafkaConsumerConfig,
  KafkaProducerConfig,
  KafkaTopicConfig,
} from '@stocker/kafka-config'
import { Pool } from 'pg'
import { afterEach } from 'vitest'
import { createTestDatabase, testTopic, waitFor } from '../../../test/servers.ts'
import { recordingLogger, testConfig } from '../../kafka-config/test/support.ts'
import type { RedriverOptions } from '../src/index.ts'
import {
  createRedriveConfirmations,
  DeadLetterActions,
  DeadLetterFeeder,
  DeadLetterIntake,
  DeadLetterQueries,
  deadLetterMigrations,
  Redriver,
  Redrives,
} from '../src/index.ts'

export const MAX_REDRIVES = 3
const PARTITIONS = 3

export interface Order {
  readonly orderId: string
  /** Which one of its order it is. */
  readonly n: number
}

export interface Handled extends Order {
  readonly topic: string
  readonly offset: bigint
}

/** Databases and whatever else is opened are gone when their test is over. */
export function useShop() {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const openDatabase = async () => {
    const database = await createTestDatabase()
    const pool = new Pool({ connectionString: database.url, max: 6 })
    pool.on('error', () => {})
    closing.push(async () => {
      await pool.end()
      await database.drop()
    })
    for (const { up } of deadLetterMigrations) await pool.query(up)
    return { url: database.url, pool }
  }

  const openStore = (pool: Pool) => ({
    intake: new DeadLetterIntake(pool, MAX_REDRIVES),
    queries: new DeadLetterQueries(pool),
    actions: new DeadLetterActions(pool, { maxRedrives: MAX_REDRIVES }),
    redrives: new Redrives(pool),
  })

  /** A topic whose listener fails at what `fails` says, and the store of its dead letters, not redriven by anybody yet. */
  const openShop = async (name: string, fails: (order: Order, attempts: number) => boolean) => {
    const database = await openDatabase()
    const { pool } = database
    const config = testConfig()
    const topic = testTopic(name)
    const resultsTopic = `${topic}-results`
    await using topics = new KafkaTopicConfig(
      config,
      [topic, `${topic}-dlt`].map((each) => ({ name: each, partitions: PARTITIONS })),
    )
    await topics.ensureTopics()
    const sender = new KafkaProducerConfig(config).createSender()
    closing.push(() => sender.close({ timeoutMs: 0 }))
    const handled: Handled[] = []
    const attempts = new Map<string, number>()
    const stop = await listen(config, {
      topics: [topic],
      redrive: { sender, resultsTopic, partitions: PARTITIONS },
      errorHandler: { backOff: fixedBackOff(0, 0), recoverer: new DeadLetterPublishingRecoverer(sender) },
      listener: eachRecord((record) => {
        const order = record.value as Order
        const id = `${order.orderId}/${order.n}`
        attempts.set(id, (attempts.get(id) ?? 0) + 1)
        if (fails(order, attempts.get(id) as number)) throw new Error(`order ${order.orderId} cannot be handled`)
        handled.push({ ...order, topic: record.topic, offset: record.offset })
      }),
    })
    closing.push(stop)
    const store = openStore(pool)
    const kafka = testConfig()
    const feeder = new DeadLetterFeeder({
      kafka,
      intake: store.intake,
      logger: recordingLogger(),
      suffixes: [`${topic}-dlt`],
      discoveryMs: 200,
    })
    feeder.start()
    closing.push(() => feeder.stop())
    return {
      ...store,
      ...database,
      config,
      topic,
      resultsTopic,
      sender,
      handled,
      place: (orders: readonly Order[]) =>
        sender.sendAll(orders.map((order) => ({ topic, key: order.orderId, value: JSON.stringify(order) }))),
      /** Until there are so many dead letters in that state. */
      deadLetters: async (count: number, state: 'NEW' | 'REDRIVEN' | 'PARKED' = 'NEW') =>
        waitFor(
          async () => {
            const found = await store.queries.list({ state }, { limit: 2_000 })
            return found.length === count && found.toReversed()
          },
          { what: `${count} dead letters are ${state}` },
        ),
      redriver: async (options: Partial<RedriverOptions> = {}) => {
        const redriver = new Redriver({ pool, sender, logger: recordingLogger(), pollMs: 20, ...options })
        const confirmations = createRedriveConfirmations({
          kafka: testConfig(),
          pool,
          logger: recordingLogger(),
          topic: resultsTopic,
          onConfirmed: () => redriver.wake(),
        })
        await confirmations.start()
        redriver.start()
        closing.push(async () => {
          await redriver.stop()
          await confirmations.stop()
        })
        return redriver
      },
      /** Until nothing of it is under way. */
      ended: (id: string) =>
        waitFor(
          async () => {
            const status = await store.redrives.find(id)
            return status.endedAt !== null && status
          },
          { what: `redrive ${id} has ended` },
        ),
    }
  }

  const listen = async (
    config: KafkaConfig,
    options: Parameters<KafkaConsumerConfig['createListenerContainer']>[0],
  ): Promise<() => Promise<void>> => {
    const container = new KafkaConsumerConfig(config).createListenerContainer(options)
    await container.start()
    return () => container.stop()
  }

  return {
    openDatabase,
    openStore,
    openShop,
    /** Everything in the topic, read by another group. */
    follow: async (topic: string) => {
      const records: ListenerRecord[] = []
      closing.push(
        await listen(testConfig(), { topics: [topic], listener: async (batch) => void records.push(...batch) }),
      )
      return records
    },
  }
}

export type Shop = Awaited<ReturnType<ReturnType<typeof useShop>['openShop']>>

export function orders(keys: number, each: number): Order[] {
  return Array.from({ length: keys * each }, (_, index) => ({
    orderId: `order-${index % keys}`,
    n: Math.floor(index / keys),
  }))
}
