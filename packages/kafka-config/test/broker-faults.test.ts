import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import type { KafkaConfig, KafkaSender, ListenerRecord } from '@stocker/kafka-config'
import { KafkaConsumerConfig, KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { createTopic, range, uniqueGroup } from './support.ts'
import { quickConfig } from './support-config.ts'
import { TcpProxy } from './tcp-proxy.ts'

const KEYS = 20
/** More of them for a longer look: KAFKA_FAULT_CUTS=200. */
const CUTS = Number(process.env.KAFKA_FAULT_CUTS ?? 16)

let proxy: TcpProxy
let broker: EmbeddedKafka
let dataDir: string

// A broker of its own, which these tests may kill; clients reach it through a proxy, which they may cut.
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kafka-faults-'))
  proxy = await TcpProxy.start()
  broker = await startEmbeddedKafka({
    dataDir,
    port: 0,
    heapMb: 256,
    brokerProperties: {
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}`,
      'group.min.session.timeout.ms': '1000',
    },
  })
  proxy.forwardTo(broker.port)
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
})

function config(properties: Readonly<Record<string, string>> = {}): KafkaConfig {
  return quickConfig(`127.0.0.1:${proxy.port}`, uniqueGroup(), {
    'spring.kafka.properties.request.timeout.ms': '2000',
    'spring.kafka.producer.properties.delivery.timeout.ms': '60000',
    ...properties,
  })
}

/** Sends numbered records of each key until told to stop; nothing may be refused. */
function produceOn(sender: KafkaSender, topic: string) {
  let on = true
  let rounds = 0
  const done = (async () => {
    while (on) {
      const round = rounds++
      await Promise.all([
        sender.sendAll(range(KEYS).map((key) => ({ topic, key: `key-${key}`, value: `${2 * round}` }))),
        ...range(KEYS).map((key) => sender.send({ topic, key: `key-${key}`, value: `${2 * round + 1}` })),
      ])
    }
  })()
  // A test that fails closes the sender first.
  done.catch(() => undefined)
  return {
    async stop(): Promise<number> {
      on = false
      await done
      return rounds * 2 * KEYS
    },
  }
}

function follow(kafka: KafkaConfig, topic: string) {
  const records: ListenerRecord[] = []
  const container = new KafkaConsumerConfig(kafka).createListenerContainer({
    topics: [topic],
    listener: async (batch) => void records.push(...batch),
  })
  return { container, records }
}

/** In the log: every record once, in the order of its key. */
async function expectLogInOrder(topic: string, count: number): Promise<void> {
  const { container, records } = follow(config(), topic)
  await using _ = container
  await container.start()
  await waitFor(() => records.length >= count, { what: `${count} records of ${topic}` })
  expect(records).toHaveLength(count)
  for (const [key, ofKey] of Map.groupBy(records, (record) => record.key)) {
    expect({ key, values: ofKey.map(({ value }) => value) }).toEqual({ key, values: range(count / KEYS) })
  }
}

const place = ({ partition, offset }: ListenerRecord) => `${partition}/${offset}`

describe('while the broker is killed and comes back', () => {
  it('sender and listener go on by themselves: nothing lost, nothing twice, in order', async () => {
    const kafka = config()
    const topic = await createTopic(kafka, 'killed-broker')
    await using sender = new KafkaProducerConfig(kafka).createSender()
    const { container, records } = follow(kafka, topic)
    await using _ = container
    await container.start()
    const producing = produceOn(sender, topic)
    await waitFor(() => records.length > 500, { what: 'some work' })

    await broker.kill()
    await waitFor(() => !container.health().up && !sender.health().up, { what: 'both to be down' })
    expect(container.health().detail).toMatch(/ECONN|closed|No answer/)
    await broker.start()
    const before = records.length
    await waitFor(() => records.length > before + 500 && container.health().up && sender.health().up, {
      what: 'work again',
    })

    const sent = await producing.stop()
    await waitFor(() => new Set(records.map(place)).size === sent, { what: `all ${sent} records` })
    await expectLogInOrder(topic, sent)
  })

  it('a batch under way at the time-out fails with DELIVERY_TIMEOUT, and later records arrive', async () => {
    const kafka = config({
      'spring.kafka.producer.properties.delivery.timeout.ms': '1500',
      'spring.kafka.producer.properties.request.timeout.ms': '500',
    })
    const topic = await createTopic(kafka, 'delivery-timeout')
    await using sender = new KafkaProducerConfig(kafka).createSender()
    const send = (value: string) => sender.send({ topic, key: 'a', value })
    // A busy broker may take longer than the time-out, too.
    await waitFor(() => send('0'), { what: 'a first record' })
    proxy.swallowAnswers()
    await broker.kill()
    await expect(send('1')).rejects.toMatchObject({
      code: 'DELIVERY_TIMEOUT',
      retryable: true,
    })
    await broker.start()
    await waitFor(() => send('2'), { what: 'a later record' })
  })
})

describe('with no broker at the start', () => {
  it('topics, sender and listener wait for it, say so, and go on when it is there', async () => {
    await broker.stop()
    const kafka = config()
    const topic = 'late-broker'
    await using topics = new KafkaTopicConfig(kafka, [{ name: topic, partitions: 2 }])
    expect(await topics.ensureTopics()).toMatchObject({ pending: true })
    await using sender = new KafkaProducerConfig(kafka).createSender()
    const { container, records } = follow(kafka, topic)
    await using _ = container
    await container.start()
    const sending = sender.send({ topic, key: 'a', value: '1' })
    await waitFor(() => /ECONN|closed/.test(container.health().detail), { what: 'the reason in health' })
    expect(container.health()).toMatchObject({ up: false, state: 'starting' })

    await broker.start()
    await expect(sending).resolves.toMatchObject({ topic })
    await waitFor(() => records.length === 1, { what: 'the record' })
    expect(container.health().up).toBe(true)
  })
})

describe('while connections are cut and answers swallowed', () => {
  it('nothing is lost, nothing written twice, the order of each key is kept', async () => {
    const kafka = config({ 'spring.kafka.consumer.properties.session.timeout.ms': '30000' })
    const topic = await createTopic(kafka, 'cuts')
    await using sender = new KafkaProducerConfig(kafka).createSender()
    const { container, records } = follow(kafka, topic)
    await using _ = container
    await container.start()
    const producing = produceOn(sender, topic)
    await waitFor(() => records.length > 500, { what: 'some work' })

    for (const cut of range(CUTS)) {
      await delay(100 + 37 * (cut % 7))
      if (cut % 2 === 0) proxy.swallowAnswers()
      await delay(150)
      proxy.cut()
    }

    const sent = await producing.stop()
    await waitFor(() => new Set(records.map(place)).size === sent, { what: `all ${sent} records` })
    expect(sender.metrics.repeatedBatches).toBeGreaterThan(0)
    await expectLogInOrder(topic, sent)
    // A cut connection alone costs no partition, so nothing is delivered again.
    expect(records.length).toBe(sent)
    for (const [, ofPartition] of Map.groupBy(records, ({ partition }) => partition)) {
      expect(ofPartition.map(({ offset }) => offset)).toEqual(range(ofPartition.length).map(BigInt))
    }
  })
})
