import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import type { ListenerRecord } from '@stocker/kafka-config'
import { DeadLetterPublishingRecoverer, eachRecord, fixedBackOff } from '@stocker/kafka-config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { committed, useListeners } from '../listeners.ts'
import { createTopic, range, uniqueGroup } from '../support.ts'
import { quickConfig } from '../support-config.ts'
import { TcpProxy } from '../tcp-proxy.ts'

let proxy: TcpProxy
let broker: EmbeddedKafka
let dataDir: string

// Clients reach the broker through a proxy, which loses answers on demand.
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kafka-retry-faults-'))
  proxy = await TcpProxy.start()
  broker = await startEmbeddedKafka({
    dataDir,
    port: 0,
    heapMb: 256,
    brokerProperties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` },
  })
  proxy.forwardTo(broker.port)
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const { listen, openSender } = useListeners()

const testConfig = () =>
  quickConfig(`127.0.0.1:${proxy.port}`, uniqueGroup(), {
    'spring.kafka.properties.request.timeout.ms': '2000',
    'spring.kafka.producer.properties.delivery.timeout.ms': '60000',
  })

const distinct = (records: readonly ListenerRecord[]) => new Set(records.map(({ value }) => value))

describe('while connections are lost and answers never come', () => {
  it('no record is lost on its way through a retry topic to the dead letters, and no offset passes one', async () => {
    const config = testConfig()
    const topic = await createTopic(config, 'cuts', { partitions: 3 })
    const sender = openSender(config)
    const handled = new Map<unknown, number>()
    const { container } = listen(config, [topic], {
      retryTopics: { sender, attempts: 2, backOff: { initialMs: 50 } },
      listener: eachRecord(({ value }) => {
        const times = (handled.get(value) ?? 0) + 1
        handled.set(value, times)
        if (Number(value) % 5 === 0) throw new Error('every fifth')
      }),
    })
    const letters = listen(config, [`${topic}-dlt`], { groupId: `${config.consumer.groupId}-letters` })
    await Promise.all([container.start(), letters.container.start()])
    const count = 600
    for (const cut of range(6)) {
      await sender.sendAll(
        range(count / 6).map((index) => ({ topic, key: `k${index % 7}`, value: `${cut * (count / 6) + index}` })),
      )
      if (cut % 2 === 0) proxy.swallowAnswers()
      else proxy.cut()
    }
    await waitFor(() => handled.size === count && distinct(letters.records).size === count / 5, {
      what: 'every record and every dead letter',
    })
    expect([...distinct(letters.records)].map(Number).toSorted((a, b) => a - b)).toEqual(
      range(count / 5).map((index) => index * 5),
    )
    await waitFor(async () => (await committed(config, topic)) === BigInt(count), {
      what: 'the commit',
    })
  })

  it('a broker that goes away while a record is dead-lettered loses it no more than its successor repeats it', async () => {
    const config = testConfig()
    const topic = await createTopic(config, 'broker-away', { partitions: 1 })
    await createTopic(config, `${topic}-dlt`, { partitions: 1 })
    const sender = openSender(config)
    await sender.sendAll(range(20).map((value) => ({ topic, value: `${value}` })))
    const publisher = new DeadLetterPublishingRecoverer(sender)
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      errorHandler: {
        backOff: fixedBackOff(0, 0),
        recoverer: {
          recover: async (record, error, context) => {
            // Asked for, and its answer lost: whether the record was written nobody knows.
            if (record.offset === 10n) proxy.swallowAnswers()
            await publisher.recover(record, error, context)
          },
        },
      },
      listener: eachRecord(({ value }) => {
        if (value === 10) throw new Error('poison')
        handled.push(value)
      }),
    })
    await container.start()
    await waitFor(() => handled.length === 19, { what: 'all others' })
    expect(handled).toEqual(range(20).filter((value) => value !== 10))
    const letters = listen(config, [`${topic}-dlt`], { groupId: `${config.consumer.groupId}-letters` })
    await letters.container.start()
    await waitFor(async () => (await committed(config, topic)) === 20n, { what: 'the commit' })
    await waitFor(() => letters.records.length > 0, { what: 'the dead letter' })
    // The sender repeats the batch byte for byte: the broker knows it.
    expect(letters.records.map(({ value }) => value)).toEqual([10])
  })
})
