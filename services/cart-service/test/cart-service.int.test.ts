import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { decodeEvent, TOPICS } from '@stocker/contracts'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTopics } from '../../../test/kafka-records.ts'
import { testTopics } from '../../../test/kafka-records.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'

let topics: TestTopics
let database: TestDatabase
let service: Service

const start = async (settings: Record<string, string> = {}): Promise<Service> => {
  const properties = loadProperties({
    files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
    overrides: {
      'server.port': '0',
      'spring.datasource.url': database.url,
      'spring.kafka.bootstrap-servers': kafkaBootstrap(),
      ...settings,
    },
  })
  const started = createApp(readConfig(properties), createLogger({ service: 'cart-service', level: 'silent' }))
  await started.start()
  return started
}

beforeAll(async () => {
  topics = await testTopics(['cart-events', 'catalog-events'], ['cart-events', 'catalog-events'])
  database = await createTestDatabase()
  service = await start()
})

afterAll(async () => {
  await service?.close()
  await topics?.[Symbol.asyncDispose]()
  await database?.drop()
})

const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

/** Read from the event store: a topic cannot show that nothing more will come. */
const storedEvents = async (where: string, value: string): Promise<number> => {
  const pool = new Pool({ connectionString: database.url })
  const { rows } = await pool.query<{ count: string }>(`select count(*) from events where ${where}`, [value])
  await pool.end()
  return Number(rows[0]?.count)
}

const post = async (url: string, payload: object, key: string = randomUUID()) => {
  const response = await service.app.inject({ method: 'POST', url, payload, headers: { 'idempotency-key': key } })
  return response.json<{ cartId: string; orderId: string }>()
}

describe('a cart on its way to an order', () => {
  it('tells each step on cart-events, in order, and the checkout with everything that an order needs', async () => {
    const { cartId } = await post('/api/carts', { customerId: 'ada' })
    const item = `/api/carts/${cartId}/items`
    await post(item, { sku: 'mug', quantity: 2 })
    await service.app.inject({ method: 'PUT', url: `${item}/mug`, payload: { quantity: 3 } })
    await post(item, { sku: 'pen', quantity: 1 })
    await service.app.inject({ method: 'DELETE', url: `${item}/pen` })
    await service.app.inject({ method: 'DELETE', url: item })
    await post(item, { sku: 'lamp', quantity: 1 })
    const { orderId } = await post(`/api/carts/${cartId}/checkout`, { shippingAddress, paymentToken: 'tok_ok' })

    const events = await waitFor(
      () => {
        const seen = topics.seen('cart-events', cartId)
        return seen.at(-1)?.eventType === 'CartCheckedOutEvent' && seen
      },
      { what: 'the checkout on cart-events' },
    )
    expect(events.map(({ eventType }) => eventType)).toEqual([
      'CartCreatedEvent',
      'ItemAddedToCartEvent',
      'CartItemQuantityChangedEvent',
      'ItemAddedToCartEvent',
      'ItemRemovedFromCartEvent',
      'CartClearedEvent',
      'ItemAddedToCartEvent',
      'CartCheckedOutEvent',
    ])
    expect(events.at(-1)).toMatchObject({
      correlationId: cartId,
      cartId,
      orderId,
      customerId: 'ada',
      lines: [{ sku: 'lamp', name: 'Desk lamp', quantity: 1, unitPrice: { amount: 4500, currency: 'EUR' } }],
      total: { amount: 4500, currency: 'EUR' },
      shippingAddress,
      paymentToken: 'tok_ok',
    })
    for (const value of events)
      expect(
        decodeEvent(value, { typeId: undefined, topic: TOPICS['cart-events'].name, fallbackId: '-' }),
      ).toMatchObject({ ok: true })
  })

  it('is ordered once, however often the checkout is repeated', async () => {
    const { cartId } = await post('/api/carts', { customerId: 'ada' })
    await post(`/api/carts/${cartId}/items`, { sku: 'mug', quantity: 1 })
    const body = { shippingAddress, paymentToken: 'tok_ok' }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(`/api/carts/${cartId}/checkout`, body, 'once')),
    )

    expect(new Set(answers.map(({ orderId }) => orderId)).size).toBe(1)
    expect(await storedEvents("stream = 'cart-' || $1 and type = 'CartCheckedOutEvent'", cartId)).toBe(1)
  })
})

it('a changed price reaches an open cart', async () => {
  const { cartId } = await post('/api/carts', { customerId: 'ada' })
  await post(`/api/carts/${cartId}/items`, { sku: 'poster', quantity: 1 })
  await post('/api/products/poster/price', { price: { amount: 1600, currency: 'EUR' } })

  await waitFor(
    async () => (await storedEvents("stream = 'cart-' || $1 and type = 'ItemPriceChanged'", cartId)) === 1,
    {
      what: 'the new price in the cart',
    },
  )
})

it('a cart that nobody touches for as long as the properties say is told as expired', async () => {
  await using impatient = await start({ 'cart.expires-after': '1s' })
  const response = await impatient.app.inject({ method: 'POST', url: '/api/carts', payload: { customerId: 'ada' } })
  const { cartId } = response.json<{ cartId: string }>()

  const expired = await waitFor(() => topics.seen('cart-events', cartId)[1], { what: 'the end of the cart' })
  expect(expired).toMatchObject({ eventType: 'CartExpiredEvent', cartId })
})

describe('the catalogue', () => {
  it('is told on catalog-events, by sku', async () => {
    for (const [sku, amount] of [
      ['mug', 1250],
      ['vinyl', 2999],
    ] as const) {
      const [listed] = await waitFor(
        () => {
          const seen = topics.seen('catalog-events', sku)
          return seen.length > 0 && seen
        },
        { what: `${sku} on catalog-events` },
      )
      expect(listed).toMatchObject({ eventType: 'ProductListedEvent', sku, price: { amount, currency: 'EUR' } })
    }
  })

  it('is not told again by a restart', async () => {
    const told = await storedEvents('type = $1', 'ProductListedEvent')
    expect(told).toBeGreaterThanOrEqual(8)

    await service.close()
    service = await start()

    expect(await storedEvents('type = $1', 'ProductListedEvent')).toBe(told)
    expect((await service.app.inject('/api/products')).json<{ products: unknown[] }>().products).toHaveLength(8)
  })
})
