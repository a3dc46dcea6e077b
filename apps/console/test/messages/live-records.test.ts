import { KafkaProducerConfig } from '@stocker/kafka-config'
import { createLogger } from '@stocker/service-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { freshTopic, testConfig } from '../../../../packages/kafka-config/test/support.ts'
import { waitFor } from '../../../../test/servers.ts'
import type { LiveRecord } from '../../src/messages/live-records.ts'
import { createLiveRecords } from '../../src/messages/live-records.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function openTopics() {
  const kafka = testConfig()
  const [orders, payments] = await Promise.all(
    ['orders', 'payments'].map((name) => freshTopic(kafka, name, { partitions: 1 })),
  )
  const sender = new KafkaProducerConfig(kafka).createSender()
  closing.push(() => sender.close())
  const live = createLiveRecords({ kafka, logger: createLogger({ service: 'console', level: 'silent' }) })
  closing.push(() => live.close())
  const listen = (filter: Parameters<typeof live.subscribe>[0]) => {
    const seen: LiveRecord[] = []
    const stop = live.subscribe(filter, (records) => seen.push(...records))
    return { seen, stop }
  }
  return { orders: orders as string, payments: payments as string, sender, live, listen }
}

const event = (eventId: string, correlationId: string, more: object = {}) =>
  JSON.stringify({ eventId, eventType: 'OrderConfirmedEvent', correlationId, ...more })

describe('live records', () => {
  it('come to each listener by topic, key and correlation id', async () => {
    const { orders, payments, sender, live, listen } = await openTopics()
    const all = listen({ topics: [orders, payments] })
    const ofOrder = listen({ topics: [orders, payments], correlationId: 'order-1' })
    const ofKey = listen({ topics: [orders], key: 'order-2' })
    await live.following()

    await sender.send({ topic: orders, key: 'order-1', value: event('e1', 'order-1') })
    await sender.send({ topic: payments, key: 'order-1', value: event('e2', 'order-1') })
    await sender.send({ topic: payments, key: 'order-2', value: event('e3', 'order-2') })
    await sender.send({ topic: orders, key: 'order-2', value: event('e4', 'order-2') })

    await waitFor(() => all.seen.length === 4 && ofKey.seen.length === 1, { what: 'all four records' })
    expect(ofOrder.seen.map(({ eventId }) => eventId).sort()).toEqual(['e1', 'e2'])
    expect(ofKey.seen.map(({ eventId }) => eventId)).toEqual(['e4'])
  })

  it('say what is in them, and of a record that is no event as much as there is', async () => {
    const { orders, sender, live, listen } = await openTopics()
    const { seen } = listen({ topics: [orders] })
    await live.following()

    await sender.send({ topic: orders, key: 'o', value: event('e1', 'o', { causationId: 'e0' }) })
    await sender.send({ topic: orders, value: 'no json' })
    await sender.send({
      topic: orders,
      key: 'o',
      value: null,
      headers: [{ key: '__TypeId__', value: Buffer.from('com.stocker.events.OrderCreatedEvent') }],
    })

    await waitFor(() => seen.length === 3, { what: 'three records' })
    expect(
      seen.map(({ offset, key, type, eventId, correlationId, causationId, value }) => [
        offset,
        key,
        type,
        eventId.replace(orders, 'orders'),
        correlationId,
        causationId,
        value?.length,
      ]),
    ).toEqual([
      [0n, 'o', 'OrderConfirmedEvent', 'e1', 'o', 'e0', event('e1', 'o', { causationId: 'e0' }).length],
      [1n, null, null, 'orders-0-1', null, null, 7],
      [2n, 'o', 'OrderCreatedEvent', 'orders-0-2', null, null, undefined],
    ])
  })

  it('are read for nobody when the last listener has left, and a failing listener disturbs no other', async () => {
    const { orders, sender, live, listen } = await openTopics()
    const failing = live.subscribe({ topics: [orders] }, () => {
      throw new Error('not today')
    })
    const { seen, stop } = listen({ topics: [orders] })
    await live.following()
    await sender.send({ topic: orders, key: 'o', value: event('e1', 'o') })
    await waitFor(() => seen.length === 1, { what: 'the first record' })

    failing()
    stop()
    await sender.send({ topic: orders, key: 'o', value: event('e2', 'o') })
    const again = listen({ topics: [orders] })
    await live.following()
    await sender.send({ topic: orders, key: 'o', value: event('e3', 'o') })

    await waitFor(() => again.seen.length === 1, { what: 'the third record' })
    expect([seen, again.seen].map((records) => records.map(({ eventId }) => eventId))).toEqual([['e1'], ['e3']])
  })
})
