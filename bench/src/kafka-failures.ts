import { setTimeout as delay } from 'node:timers/promises'
import { Admin } from '@platformatic/kafka'
import type { KafkaSender, ListenerContainerOptions, ListenerRecord } from '@stocker/kafka-config'
import {
  decodeBigInteger,
  eachRecord,
  KafkaConfig,
  KafkaConsumerConfig,
  KafkaProducerConfig,
  KafkaTopicConfig,
  lastHeader,
} from '@stocker/kafka-config'
import type { NumberedValue, Reading, ReadingSpeed } from './failing-records.ts'
import { joined, PARTITIONS, ReadingClock, sendNumbered, WORK_MS, WORK_RECORDS } from './failing-records.ts'
import { ratio } from './median.ts'

export interface FailureOptions {
  /** Records of one measurement. Default 100,000. */
  readonly records?: number
  /** Measured rounds, after one to warm up. Default 5. */
  readonly rounds?: number
  /** Records whose retry is timed. Default 2000. */
  readonly retries?: number
}

export interface FailureFigures {
  /** Records/s of the healthy records while one in a hundred fails and is retried over a retry topic, by those when none fails. */
  readonly healthyRatio: number
  /** The same when handling a record takes a tenth of a millisecond, as one with some work to do. */
  readonly healthyRatioWithWork: number
  /** Processor time per record with error handler and retry topics and nothing that fails, by that of a plain listener. */
  readonly errorPathCpuRatio: number
  /** From the time that a record is due to its handling. Milliseconds. */
  readonly retryLatenessMs: { readonly p50: number; readonly p99: number; readonly earliest: number }
}

const KEYS = 5000
const RETRY_DELAY_MS = 500

/** What failures cost: real broker, records of about 500 bytes, listeners of single records. */
export async function measureFailures(bootstrapServers: string, options: FailureOptions = {}): Promise<FailureFigures> {
  const { records = 100_000, rounds = 5, retries = 2000 } = options
  const config = KafkaConfig.fromProperties(
    {
      'spring.kafka.bootstrap-servers': bootstrapServers,
      'spring.kafka.consumer.auto-offset-reset': 'earliest',
      'spring.kafka.properties.metadata.max.age.ms': '1000',
      'spring.kafka.consumer.value-deserializer': 'org.springframework.kafka.support.serializer.JsonDeserializer',
    },
    { defaultClientId: 'failures' },
  )
  const suffix = `${Date.now().toString(36)}-${process.pid}`
  const topic = `failures-${suffix}`
  const paced = `failures-paced-${suffix}`
  await using topics = new KafkaTopicConfig(config, [
    { name: topic, partitions: PARTITIONS },
    { name: paced, partitions: PARTITIONS },
  ])
  await topics.ensureTopics()
  const sender = new KafkaProducerConfig(config).createSender()
  try {
    await sendNumbered(sender, topic, records, KEYS)
    const read = reader(config, topic, sender)
    const ratios = { guarded: [] as number[], failing: [] as number[] }
    const cpu = { plain: [] as number[], guarded: [] as number[] }
    const withWork = { guarded: [] as number[], failing: [] as number[] }
    for (let round = 0; round <= rounds; round++) {
      const plain = await read({ count: records, guarded: false, fail: false, workMs: 0 })
      const guarded = await read({ count: records, guarded: true, fail: false, workMs: 0 })
      const failing = await read({ count: records, guarded: true, fail: true, workMs: 0 })
      const count = Math.min(records, WORK_RECORDS)
      const guardedWork = await read({ count, guarded: true, fail: false, workMs: WORK_MS })
      const failingWork = await read({ count, guarded: true, fail: true, workMs: WORK_MS })
      if (round === 0) continue
      ratios.guarded.push(guarded.rate)
      ratios.failing.push(failing.rate)
      withWork.guarded.push(guardedWork.rate)
      withWork.failing.push(failingWork.rate)
      cpu.plain.push(plain.cpuMs)
      cpu.guarded.push(guarded.cpuMs)
    }
    return {
      healthyRatio: ratio(ratios.failing, ratios.guarded),
      healthyRatioWithWork: ratio(withWork.failing, withWork.guarded),
      errorPathCpuRatio: ratio(cpu.guarded, cpu.plain),
      retryLatenessMs: await measureLateness(config, paced, sender, retries),
    }
  } finally {
    await sender.close()
    const admin = new Admin({ clientId: 'failures', bootstrapBrokers: [bootstrapServers] })
    const all = [topic, paced].flatMap((name) => [name, `${name}-retry`, `${name}-dlt`])
    for (const name of all) await admin.deleteTopics({ topics: [name] }).catch(() => undefined)
    await admin.close()
  }
}

interface GuardedReading extends Reading {
  /** With error handler and retry topics. */
  readonly guarded: boolean
}

/** Reads the topic with a new group; records/s of those that do not fail and processor time, from the first to the last. */
function reader(config: KafkaConfig, topic: string, sender: KafkaSender) {
  let group = 0
  return async ({ guarded, ...reading }: GuardedReading): Promise<ReadingSpeed> => {
    const clock = new ReadingClock(reading)
    const listener = eachRecord((record) => {
      if (record.topic !== topic) return
      clock.begin()
      const { fails, index } = record.value as NumberedValue
      if (index >= reading.count) return
      clock.work()
      if (reading.fail && fails) throw new Error('one in a hundred')
      clock.handled(1)
    })
    await using container = await joined(
      config,
      { topics: [topic], groupId: `${topic}-${group++}`, listener, ...(guarded && retried(sender)) },
      guarded ? 2 * PARTITIONS : PARTITIONS,
    )
    container.resume()
    return await clock.end
  }
}

const retried = (sender: KafkaSender): Pick<ListenerContainerOptions, 'retryTopics'> => ({
  retryTopics: { sender, attempts: 2, backOff: { initialMs: RETRY_DELAY_MS } },
})

/** Records that fail once, 500 a second, and how much after their due time they are handled again. */
async function measureLateness(config: KafkaConfig, topic: string, sender: KafkaSender, count: number) {
  const late: number[] = []
  const done = Promise.withResolvers<void>()
  await using container = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    groupId: topic,
    ...retried(sender),
    listener: eachRecord((record) => {
      if (record.topic === topic) throw new Error('once')
      late.push(Date.now() - dueTime(record))
      if (late.length === count) done.resolve()
    }),
  })
  await container.start()
  while (container.assignments.length < 2 * PARTITIONS) await delay(20)
  let sent = 0
  const timer = setInterval(() => {
    const batch = Array.from({ length: 10 }, () => ({ topic, key: `key-${sent++ % 100}`, value: '{}' }))
    void sender.sendAll(batch)
    if (sent >= count) clearInterval(timer)
  }, 20)
  await done.promise
  const sorted = late.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), earliest: at(0) }
}

function dueTime({ raw }: ListenerRecord): number {
  const header = lastHeader(raw.headers, 'retry_topic-backoff-timestamp')
  return header ? Number(decodeBigInteger(header.value)) : Number.NaN
}
