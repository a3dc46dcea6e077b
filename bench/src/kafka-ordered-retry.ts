import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Admin } from '@platformatic/kafka'
import type { BatchListener, ListenerContainer, ListenerContainerOptions, ListenerRecord } from '@stocker/kafka-config'
import {
  fixedBackOff,
  KafkaConfig,
  KafkaProducerConfig,
  KafkaTopicConfig,
  RecordsFailedError,
} from '@stocker/kafka-config'
import type { NumberedValue, Reading, ReadingSpeed } from './failing-records.ts'
import { joined, PARTITIONS, ReadingClock, sendNumbered, WORK_MS, WORK_RECORDS } from './failing-records.ts'
import { ratio } from './median.ts'

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

const KEYS = 5000
const RETRY_MS = 100
const PARKED = 10_000
const PARKED_KEYS = 1000
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
  try {
    await sendNumbered(sender, topic, records, KEYS)
    await sendNumbered(sender, failing, PARKED, PARKED_KEYS)
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
      healthyRatio: ratio(rates.some, rates.none),
      healthyRatioWithWork: ratio(withWork.some, withWork.none),
      happyPathCpuRatio: ratio(cpu.with, cpu.without),
      parkedMiB: Math.round((await measureParked(config, failing)) * 100) / 100,
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

let group = 0

/** Reads the topic with a new group; records/s of those that do not fail and processor time, from the first to the last of them. */
async function read(
  config: KafkaConfig,
  topic: string,
  reading: Reading,
  options: Partial<ListenerContainerOptions>,
): Promise<ReadingSpeed> {
  const clock = new ReadingClock(reading)
  const listener: BatchListener = async (records, { attemptOf }) => {
    clock.begin()
    let handled = 0
    const failed: ListenerRecord[] = []
    const held: ListenerRecord[] = []
    for (const record of records) {
      const { fails, index } = record.value as NumberedValue
      if (index >= reading.count) continue
      clock.work()
      if (!reading.fail || !fails) handled++
      else if (failed.some(({ key }) => key === record.key)) held.push(record)
      else if (attemptOf(record) === 1) failed.push(record)
    }
    clock.handled(handled)
    if (failed.length > 0)
      throw new RecordsFailedError(
        failed.map((record) => ({ record, error: ONE_IN_A_HUNDRED })),
        held,
      )
  }
  await using container = await member(config, topic, listener, options)
  container.resume()
  return await clock.end
}

const ONE_IN_A_HUNDRED = new Error('one in a hundred')

/** One of a new group. */
function member(
  config: KafkaConfig,
  topic: string,
  listener: BatchListener,
  options: Partial<ListenerContainerOptions>,
): Promise<ListenerContainer> {
  return joined(config, { topics: [topic], groupId: `${topic}-${group++}`, listener, ...options }, PARTITIONS)
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
  await using container = await member(config, topic, listener, {
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
