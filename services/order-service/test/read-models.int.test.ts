import { createEventStore, rebuildProjection } from '@stocker/cqrs'
import type { Service } from '@stocker/service-kit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestTopics } from '../../../test/kafka-records.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { waitFor } from '../../../test/servers.ts'
import { order } from '../src/order.ts'
import { orderCounts } from '../src/order-counts.ts'
import { orderList } from '../src/projection.ts'
import { participantEvents } from './participant-events.ts'
import { orderOnTopics, orderRequest, runningOrder } from './running-order.ts'

let topics: TestTopics
let database: TestDatabase
let service: Service
let close: () => Promise<void>

beforeAll(async () => {
  ;({ topics, database, service, close } = await orderOnTopics())
})

afterAll(() => close?.())

const placeOne = async (): Promise<string> => {
  const response = await service.app.inject({ method: 'POST', url: '/api/orders', payload: orderRequest })
  return response.json<{ orderId: string }>().orderId
}

const statusOf = async (orderId: string, wait: string): Promise<string> =>
  (await service.app.inject(`/api/orders/${orderId}?wait=${wait}&timeout=60s`)).json<{ status: string }>().status

test('every read model is what the events say, row by row, while the service takes and moves orders', async () => {
  // given orders in several states
  const [delivered = '', cancelled = ''] = [await placeOne(), await placeOne(), await placeOne()]
  const good = participantEvents(delivered)
  await topics.send('payment-events', [
    [delivered, good.paid],
    [delivered, good.captured],
    [cancelled, participantEvents(cancelled).declined],
  ])
  await topics.send('dispatch-events', [
    [delivered, good.dispatched],
    [cancelled, participantEvents(cancelled).released],
  ])
  await topics.send('delivery-events', [
    [delivered, good.scheduled],
    [delivered, good.outForDelivery],
    [delivered, good.delivered],
  ])
  expect([await statusOf(delivered, 'DELIVERED'), await statusOf(cancelled, 'CANCELLED')]).toEqual([
    'DELIVERED',
    'CANCELLED',
  ])

  // when the read models are built anew beside the live ones, and orders go on coming in
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  const store = createEventStore({ pool, aggregates: [order] })
  let serving = true
  const traffic = (async () => {
    let placed = 0
    for (; serving; placed += 1) await placeOne()
    return placed
  })()
  try {
    const reports = [
      await rebuildProjection(store, orderList, { mode: 'compare' }),
      await rebuildProjection(store, orderCounts, { mode: 'compare' }),
      await rebuildProjection(store, orderList, { mode: 'swap' }),
    ]

    // then they are the same, and the service has gone on
    expect(reports.map(({ tables }) => tables)).toEqual([
      [{ table: 'orders', differing: 0, differences: [] }],
      [{ table: 'order_counts', differing: 0, differences: [] }],
      [{ table: 'orders', differing: 0, differences: [] }],
    ])
  } finally {
    serving = false
    expect(await traffic).toBeGreaterThan(0)
    await store.close()
    await pool.end()
  }
})

test('a read model that was changed by hand is found, and set right while the service works', async () => {
  const orderId = await placeOne()
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  const store = createEventStore({ pool, aggregates: [order] })
  try {
    await pool.query(`update orders set status = 'LOST' where order_id = $1`, [orderId])

    const report = await rebuildProjection(store, orderList, { mode: 'swap' })

    expect(report.tables).toMatchObject([{ differing: 1, differences: [{ key: { order_id: orderId } }] }])
    expect((await service.app.inject(`/api/orders/${orderId}`)).json()).toMatchObject({ status: 'CREATED' })
  } finally {
    await store.close()
    await pool.end()
  }
})

test('orders that were placed before their documents were kept get them at the next start', async () => {
  const orderId = await placeOne()
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  await pool.query('update orders set terms = null, progress = null')
  await pool.end()

  const next = await runningOrder(database.url)

  const detail = (await next.app.inject(`/api/orders/${orderId}`)).json()
  expect(detail).toMatchObject({ status: 'CREATED', lines: [{ sku: 'mug' }], history: [{ status: 'CREATED' }] })
  await next.close()
})

test('whoever follows an order gets it as it is, and again after each change', async () => {
  const orderId = await placeOne()
  const { paid, dispatched } = participantEvents(orderId)
  const response = await fetch(`${service.url}/api/orders/${orderId}/events`)
  expect(response.headers.get('content-type')).toContain('text/event-stream')

  // when the order moves on
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  })().catch(() => {})
  await waitFor(() => text.includes('event: initial'), { what: 'the order as it is' })
  await topics.send('payment-events', [[orderId, paid]])
  await waitFor(() => text.includes('"CONFIRMED"'), { what: 'the change' })
  await topics.send('dispatch-events', [[orderId, dispatched]])
  await waitFor(() => text.includes('"DISPATCHED"'), { what: 'the next change' })

  // then each event holds the whole order
  const seen = [...text.matchAll(/event: (\w+)\nid: .*\ndata: (.*)\n/g)].map(([, event, data]) => {
    const { status, version } = JSON.parse(data ?? '') as { status: string; version: number }
    return [event, status, version]
  })
  expect(seen).toEqual([
    ['initial', 'CREATED', 1],
    ['update', 'CONFIRMED', 2],
    ['update', 'DISPATCHED', 3],
  ])

  // and the stream ends with the service, so that the client comes back to another instance
  const other = await fetch(`${service.url}/api/orders/no-such-order/events`)
  expect(other.status).toBe(404)
  await service.close()
  await reading
})
