import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Admin } from '@platformatic/kafka'
import type { BatchListener, ListenerContainerOptions, ListenerRecord } from '@stocker/kafka-config'
import {
  fixedBackOff,
  KafkaConfig,
  KafkaConsumerConfig,
  KafkaProducerConfig,
  KafkaTopicConfig,
  RecordsFailedError,
} from '@stocker/kafka-config'

export interface OrderedRetryFigures {
  /** Records/s of the healthy keys while one record in a hundred fails and is retried in order, by those when none fails. */
  readonly healthyRatio: number
  /** The same when handling a record takes a tenth of a millisecond, as one with some work to do. */
  readonly healthyRatioWithWork: number
  /** Processor time per record with ordered retry and nothing that fails, by that of a listener without it. */
  readonly happyPathCpuRatio: number
  /** What 10,000 parked records of 500 bytes and 1,000 keys take. MiB. */
  readonly parkedMiB: number
}

export interface OrderedRetryOptions {
  /** Records of one measurement. Default 100,000. */
  readonly records?: number
  /** Measured rounds, after one to warm up. Default 7. */
  readonly rounds?: number
}

const PARTITIONS = 6
const LIST = 1000
const FAILING = 100
const KEYS = 5000
const RETRY_MS = 100
const WORK_MS = 0.1
const WORK_RECORDS = 20_000
const PARKED = 10_000
const PARKED_KEYS = 1000
const NOTE = 'x'.repeat(450)
const MIB = 2 ** 20

/** What ordered retry costs: real broker, a listener of batches that says of each record what became of it. */
export async function measureOrderedRetry(
  bootstrapServers: string,
  { records = 100_000, rounds = 7 }: OrderedRetryOptions = {},
): Promise<OrderedRetryFigures> {
  const config = KafkaConfig.fromProperties(
    {
      'spring.kafka.bootstrap-servers': bootstrapServers,
      'spring.kafka.consumer.auto-offset-reset': 'earliest',
      'spring.kafka.consumer.value-deserializer': 'org.springframework.kafka.support.serializer.JsonDeserializer',
    },
    { defaultClientId: 'ordered-retry' },
  )
  const suffix = `${Date.now().toString(36)}-${process.pid}`
  const topic = `ordered-${suffix}`
  const failing = `ordered-failing-${suffix}`
  const names = [topic, failing]
  await using topics = new KafkaTopicConfig(
    config,
    names.map((name) => ({ name, partitions: PARTITIONS })),
  )
  await topics.ensureTopics()
  await using sender = new KafkaProducerConfig(config).createSender()
  const send = async (name: string, count: number, keys: number) => {
    for (let i = 0; i < count; i += LIST) {
      const list = Array.from({ length: LIST }, (_, n) => i + n)
      await sender.sendAll(
        list.map((index) => ({
          topic: name,
          key: `order-${index % keys}`,
          value: JSON.stringify({ index, fails: index % FAILING === 0, note: NOTE }),
        })),
      )
    }
  }
  try {
    await send(topic, records, KEYS)
    await send(failing, PARKED, PARKED_KEYS)
    const rates = { none: [] as number[], some: [] as number[] }
    const withWork = { none: [] as number[], some: [] as number[] }
    const cpu = { without: [] as number[], with: [] as number[] }
    for (let round = 0; round <= rounds; round++) {
      const without = await read(config, topic, { count: records, fail: false, workMs: 0 }, {})
      const none = await read(config, topic, { count: records, fail: false, workMs: 0 }, ORDERED)
      const some = await read(config, topic, { count: records, fail: true, workMs: 0 }, ORDERED)
      const count = Math.min(records, WORK_RECORDS)
      const noneWork = await read(config, topic, { count, fail: false, workMs: WORK_MS }, ORDERED)
      const someWork = await read(config, topic, { count, fail: true, workMs: WORK_MS }, ORDERED)
      if (round === 0) continue
      cpu.without.push(without.cpuMs)
      cpu.with.push(none.cpuMs)
      rates.none.push(none.rate)
      rates.some.push(some.rate)
      withWork.none.push(noneWork.rate)
      withWork.some.push(someWork.rate)
    }
    return {
      healthyRatio: round(median(rates.some) / median(rates.none)),
      healthyRatioWithWork: round(median(withWork.some) / median(withWork.none)),
      happyPathCpuRatio: round(median(cpu.with) / median(cpu.without)),
      parkedMiB: round(await measureParked(config, failing)),
    }
  } finally {
    const admin = new Admin({ clientId: 'ordered-retry', bootstrapBrokers: [bootstrapServers] })
    await admin.deleteTopics({ topics: names }).catch(() => undefined)
    await admin.close()
  }
}

const ORDERED: Partial<ListenerContainerOptions> = {
  orderedRetry: {},
  errorHandler: { backOff: fixedBackOff(RETRY_MS) },
}

interface Reading {
  readonly count: number
  readonly fail: boolean
  /** How long each record keeps the processor. */
  readonly workMs: number
}

let group = 0

/** Reads the topic with a new group; records/s of those that do not fail and processor time, from the first to the last of them. */
async function read(
  config: KafkaConfig,
  topic: string,
  { count, fail, workMs }: Reading,
  options: Partial<ListenerContainerOptions>,
): Promise<{ readonly rate: number; readonly cpuMs: number }> {
  const done = Promise.withResolvers<{ readonly rate: number; readonly cpuMs: number }>()
  const healthy = fail ? count - count / FAILING : count
  let began = 0
  let cpuBegan = process.cpuUsage()
  let seen = 0
  const listener: BatchListener = async (records, { attemptOf }) => {
    if (began === 0) {
      began = performance.now()
      cpuBegan = process.cpuUsage()
    }
    const failed: ListenerRecord[] = []
    const held: ListenerRecord[] = []
    for (const record of records) {
      const { fails, index } = record.value as { readonly fails: boolean; readonly index: number }
      if (index >= count) continue
      if (workMs > 0) for (const until = performance.now() + workMs; performance.now() < until; );
      if (!fail || !fails) seen++
      else if (failed.some(({ key }) => key === record.key)) held.push(record)
      else if (attemptOf(record) === 1) failed.push(record)
    }
    if (seen >= healthy) {
      const { user, system } = process.cpuUsage(cpuBegan)
      done.resolve({ rate: (healthy / (performance.now() - began)) * 1000, cpuMs: (user + system) / 1000 })
    }
    if (failed.length > 0)
      throw new RecordsFailedError(
        failed.map((record) => ({ record, error: ONE_IN_A_HUNDRED })),
        held,
      )
  }
  await using container = await joined(config, topic, listener, options)
  container.resume()
  return await done.promise
}

const ONE_IN_A_HUNDRED = new Error('one in a hundred')

/** A member that has its partitions and is paused: joining is no part of what is measured. */
async function joined(
  config: KafkaConfig,
  topic: string,
  listener: BatchListener,
  options: Partial<ListenerContainerOptions>,
) {
  const container = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    groupId: `${topic}-${group++}`,
    listener,
    ...options,
  })
  container.pause()
  await container.start()
  while (container.assignments.length < PARTITIONS) await delay(20)
  return container
}

/** Every record fails: the first of each key waits for its retry, the others behind it. MiB. */
async function measureParked(config: KafkaConfig, topic: string): Promise<number> {
  const listener: BatchListener = async (records) => {
    const first = new Map(records.toReversed().map((record) => [record.key, record]))
    const failed = [...first.values()]
    throw new RecordsFailedError(
      failed.map((record) => ({ record, error: ONE_IN_A_HUNDRED })),
      records.filter((record) => first.get(record.key) !== record),
    )
  }
  await using container = await joined(config, topic, listener, {
    orderedRetry: { maxParkedRecords: PARKED + 1 },
    errorHandler: { backOff: fixedBackOff(600_000) },
  })
  container.resume()
  const parked = () => container.parked().reduce((sum, { records }) => sum + records, 0)
  while (parked() < PARKED) await delay(50)
  const withParked = await memory()
  await container.stop()
  return (withParked - (await memory())) / MIB
}

/** After the garbage is gone. Bytes. */
async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What buffers point to is given back a moment after they are gone.
  for (let i = 0; i < 3; i++) {
    collect()
    await delay(100)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
