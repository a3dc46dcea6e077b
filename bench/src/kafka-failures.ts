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

const PARTITIONS = 6
const LIST = 1000
const FAILING = 100
const WORK_MS = 0.1
const WORK_RECORDS = 20_000
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
    const values = Array.from({ length: records }, (_, index) => ({
      topic,
      key: `order-${index % 5000}`,
      value: JSON.stringify({ index, fails: index % FAILING === 0, note: 'x'.repeat(450) }),
    }))
    for (let i = 0; i < values.length; i += LIST) await sender.sendAll(values.slice(i, i + LIST))
    const read = reader(config, topic, sender)
    const ratios = { guarded: [] as number[], failing: [] as number[] }
    const cpu = { plain: [] as number[], guarded: [] as number[] }
    const withWork = { guarded: [] as number[], failing: [] as number[] }
    for (let round = 0; round <= rounds; round++) {
      const plain = await read(records, { guarded: false, fail: false, workMs: 0 })
      const guarded = await read(records, { guarded: true, fail: false, workMs: 0 })
      const failing = await read(records, { guarded: true, fail: true, workMs: 0 })
      const workCount = Math.min(records, WORK_RECORDS)
      const guardedWork = await read(workCount, { guarded: true, fail: false, workMs: WORK_MS })
      const failingWork = await read(workCount, { guarded: true, fail: true, workMs: WORK_MS })
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

interface Reading {
  /** With error handler and retry topics. */
  readonly guarded: boolean
  readonly fail: boolean
  /** How long each record keeps the processor. */
  readonly workMs: number
}

/** Reads the topic with a new group; records/s of those that do not fail and processor time, from the first to the last. */
function reader(config: KafkaConfig, topic: string, sender: KafkaSender) {
  let group = 0
  return async (
    count: number,
    { guarded, fail, workMs }: Reading,
  ): Promise<{ readonly rate: number; readonly cpuMs: number }> => {
    const done = Promise.withResolvers<{ readonly rate: number; readonly cpuMs: number }>()
    const healthy = fail ? count - Math.ceil(count / FAILING) : count
    let began = 0
    let cpuBegan = process.cpuUsage()
    let seen = 0
    const listener = eachRecord((record) => {
      if (record.topic !== topic) return
      if (began === 0) {
        began = performance.now()
        cpuBegan = process.cpuUsage()
      }
      const { fails, index } = record.value as { readonly fails: boolean; readonly index: number }
      if (index >= count) return
      if (workMs > 0) for (const until = performance.now() + workMs; performance.now() < until; );
      if (fail && fails) throw new Error('one in a hundred')
      if (++seen < healthy) return
      const { user, system } = process.cpuUsage(cpuBegan)
      done.resolve({ rate: (healthy / (performance.now() - began)) * 1000, cpuMs: (user + system) / 1000 })
    })
    await using container = new KafkaConsumerConfig(config).createListenerContainer({
      topics: [topic],
      groupId: `${topic}-${group++}`,
      listener,
      ...(guarded && retried(sender)),
    })
    // Joining is no part of it.
    container.pause()
    await container.start()
    const partitions = guarded ? 2 * PARTITIONS : PARTITIONS
    while (container.assignments.length < partitions) await delay(20)
    container.resume()
    return await done.promise
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

function ratio(measured: readonly number[], reference: readonly number[]): number {
  return Math.round((median(measured) / median(reference)) * 100) / 100
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
