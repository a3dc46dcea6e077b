import { migrations } from '@stocker/cqrs'
import { deadLetterMigrations } from '@stocker/dead-letters'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OrderOnTopics } from '../../../../services/order-service/test/running-order.ts'
import { orderOnTopics, orderRequest } from '../../../../services/order-service/test/running-order.ts'
import type { TestDatabase } from '../../../../test/servers.ts'
import { createTestDatabase, waitFor } from '../../../../test/servers.ts'
import { ordersInNeed } from '../../src/orders/attention.ts'
import { findOrders } from '../../src/orders/find-orders.ts'
import type { WatchedServices } from '../../src/watched-services.ts'
import { watchedServices } from '../../src/watched-services.ts'
import type { ServiceAddress, WatchedName } from '../../src/watched-settings.ts'
import { WATCHED_NAMES } from '../../src/watched-settings.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

let order: OrderOnTopics
let others: TestDatabase
let watched: WatchedServices
let store: pg.Pool
let orderId: string

beforeAll(async () => {
  order = await orderOnTopics()
  others = await createTestDatabase()
  const client = new pg.Client({ connectionString: others.url })
  await client.connect()
  for (const { up } of [...migrations, ...deadLetterMigrations]) await client.query(up)
  await client.end()
  watched = watchedServices(
    Object.fromEntries(
      WATCHED_NAMES.map((name) => [
        name,
        { url: '', databaseUrl: name === 'order-service' ? order.database.url : others.url },
      ]),
    ) as Record<WatchedName, ServiceAddress>,
  )
  store = new pg.Pool({ connectionString: order.database.url, max: 2 })
  orderId = await waitFor(place, { what: 'an order' })
})

afterAll(async () => {
  await store?.end()
  await watched?.close()
  await order?.close()
  await others?.drop()
})

async function place(): Promise<string | undefined> {
  const response = await fetch(`${order.service.url}/api/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${TRACE}-b7ad6b7169203331-01` },
    body: JSON.stringify({ ...orderRequest, customerId: `customer of ${TRACE}` }),
  })
  return ((await response.json()) as { readonly orderId?: string }).orderId
}

const find = async (text: string) => {
  const orderService = watched.services.find(({ name }) => name === 'order-service')
  if (orderService === undefined) throw new Error('order-service is not watched')
  return findOrders(text, { order: orderService.pool, all: watched.services })
}

describe('an order', () => {
  it.each([
    ['its id', () => orderId],
    ['its id in capitals', () => orderId.toUpperCase()],
    ['what is named after it', () => `delivery-${orderId}-attempt-2`],
    ['the beginning of its id', () => orderId.slice(0, 20)],
    ['the end of its id', () => orderId.slice(-10)],
    ['its customer', () => `customer of ${TRACE}`],
    ['its trace', () => TRACE],
    ['its trace as it is in a header', () => `00-${TRACE}-b7ad6b7169203331-01`],
  ])('is found by %s', async (_, text) => {
    expect((await find(text())).orderIds).toEqual([orderId])
  })

  it('is found by the id of any of its events', async () => {
    const { rows } = await store.query<{ id: string }>('select id from events where stream = $1', [`order-${orderId}`])

    const found = await find(rows[0]?.id ?? '')

    expect(found).toEqual({ orderIds: [orderId], as: 'an event, or what an event names' })
  })

  it('is not found by what nobody knows', async () => {
    expect(await find('01a21cdd-3a1e-7e98-a32a-15c1e4bcb86c')).toEqual({ orderIds: [], as: null })
    expect(await find('nobody’s')).toEqual({ orderIds: [], as: null })
  })

  it('needs attention when it waits for the platform for too long, and not before', async () => {
    const needs = (lateAfterMs: number) => ordersInNeed({ services: watched.services, pool: store, lateAfterMs })
    const mine = async (lateAfterMs: number) =>
      (await needs(lateAfterMs)).filter((one) => one.orderId === orderId).map(({ reason }) => reason)

    expect(await mine(3_600_000)).toEqual([])
    await waitFor(async () => (await mine(1)).length > 0, { what: 'a late order' })
    expect(await mine(1)).toEqual(['late'])
  })

  it('needs attention first of all when one of its messages is a dead letter', async () => {
    const letters = new pg.Pool({ connectionString: others.url, max: 1 })
    await letters.query(
      `insert into dead_letters (consumer_group, original_topic, original_partition, original_offset, original_at, key, headers, error_class,
         error_message, stack_trace, fingerprint, state, redrives_left, first_seen_at, last_seen_at)
       values ('payment-service-group', 'order-events', 0, 7, now(), convert_to($1, 'UTF8'), '[]', 'E', 'no', '', 'f', 'NEW', 3, now(), now())`,
      [orderId],
    )

    const [first] = await ordersInNeed({ services: watched.services, pool: letters, lateAfterMs: 1 })

    expect(first).toMatchObject({ orderId, reason: 'dead-letter' })
    await letters.end()
  })
})
