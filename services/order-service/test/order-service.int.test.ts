import { randomUUID } from 'node:crypto'
import type { Service } from '@stocker/service-kit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTopics } from '../../../test/kafka-records.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { waitFor } from '../../../test/servers.ts'
import { participantEvents } from './participant-events.ts'
import type { OrderView } from './running-order.ts'
import { eventOf, orderOnTopics, orderRequest, runningOrder, shippingAddress } from './running-order.ts'

let topics: TestTopics
let database: TestDatabase
let service: Service
let close: () => Promise<void>

beforeAll(async () => {
  ;({ topics, database, service, close } = await orderOnTopics())
})

afterAll(() => close?.())

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  service.app.inject({ method: 'POST', url: '/api/orders', payload: payload as object, headers })

const place = async (request: object = orderRequest): Promise<string> =>
  (await post(request)).json<{ orderId: string }>().orderId

const waitForStatus = async (orderId: string, status: string): Promise<OrderView> =>
  (await service.app.inject(`/api/orders/${orderId}?wait=${status}&timeout=60s`)).json<OrderView>()

describe('an order that is placed', () => {
  it('is accepted at the price of the catalogue and published as OrderCreatedEvent', async () => {
    const response = await post(orderRequest)

    expect(response.statusCode).toBe(202)
    const { orderId, status } = response.json<{ orderId: string; status: string }>()
    expect(status).toBe('CREATED')
    expect(response.headers.location).toBe(`/api/orders/${orderId}`)
    const event = await waitFor(() => topics.seen('order-events', orderId)[0], { what: 'OrderCreatedEvent' })
    expect(event).toMatchObject({
      eventType: 'OrderCreatedEvent',
      correlationId: orderId,
      customerId: 'ada',
      lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } }],
      total: { amount: 2500, currency: 'EUR' },
    })
  })

  it('is followed by the events of the other services until it is delivered', async () => {
    const orderId = await place()

    const { paid, dispatched, delivered } = participantEvents(orderId)

    await topics.send('payment-events', [[orderId, paid]])
    expect((await waitForStatus(orderId, 'CONFIRMED')).status).toBe('CONFIRMED')
    await topics.send('dispatch-events', [[orderId, dispatched]])
    await topics.send('delivery-events', [[orderId, delivered]])

    const order = await waitForStatus(orderId, 'DELIVERED')
    expect(order.history.map(({ status }) => status)).toEqual(['CREATED', 'CONFIRMED', 'DISPATCHED', 'DELIVERED'])
    await waitFor(() => topics.seen('order-events', orderId).length === 3, { what: 'three events of the order' })
    expect(topics.seen('order-events', orderId).map(({ eventType }) => eventType)).toEqual([
      'OrderCreatedEvent',
      'OrderConfirmedEvent',
      'OrderCompletedEvent',
    ])
  })

  it('changes once, however often an event comes', async () => {
    const orderId = await place()
    const { paid, delivered } = participantEvents(orderId)

    await topics.send('payment-events', [
      [orderId, paid],
      [orderId, paid],
      [orderId, paid],
    ])
    await topics.send('delivery-events', [[orderId, delivered]])

    const order = await waitForStatus(orderId, 'DELIVERED')
    expect(order.history).toHaveLength(4)
  })

  it('comes from a cart with the prices at which it was checked out', async () => {
    const orderId = randomUUID()
    const checkout = eventOf('CartCheckedOutEvent', 'cart-1', {
      cartId: 'cart-1',
      orderId,
      customerId: 'ada',
      lines: [{ sku: 'mug', name: 'Mug', quantity: 1, unitPrice: { amount: 990, currency: 'EUR' } }],
      total: { amount: 990, currency: 'EUR' },
      shippingAddress,
      paymentToken: 'tok_ok',
    })

    await topics.send('cart-events', [['cart-1', checkout]])

    const order = await waitFor(
      async () => {
        const response = await service.app.inject(`/api/orders/${orderId}`)
        return response.statusCode === 200 && response.json<OrderView>()
      },
      { what: 'the order of the cart' },
    )
    expect(order).toMatchObject({ status: 'CREATED', total: { amount: 990, currency: 'EUR' } })
  })

  it('takes the record of a producer that names neither event id nor event type', async () => {
    const orderId = await place()
    // given a flat Java object, as a JsonSerializer without type headers writes it
    const plain = { orderId, paymentId: 'p-1', amount: { amount: 2500, currency: 'EUR' }, authorizationId: 'auth-1' }

    await topics.send('payment-events', [[orderId, plain]])

    expect((await waitForStatus(orderId, 'CONFIRMED')).status).toBe('CONFIRMED')
  })
})

describe('a request that comes again', () => {
  it('with the same Idempotency-Key gives the same order', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const [first, second] = await Promise.all([post(orderRequest, headers), post(orderRequest, headers)])
    const third = await post(orderRequest, headers)

    expect([first, second, third].map(({ statusCode }) => statusCode)).toEqual([202, 202, 202])
    expect(new Set([first, second, third].map((response) => response.json<{ orderId: string }>().orderId)).size).toBe(1)
  })

  it('with the same Idempotency-Key and another body is refused', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    await post(orderRequest, headers)

    const response = await post({ ...orderRequest, lines: [{ sku: 'mug', quantity: 3 }] }, headers)

    expect(response.statusCode).toBe(409)
    expect(response.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 409 })
  })
})

describe('the catalogue', () => {
  /** Asked with a product that never was, so that nothing is ordered. */
  const isKnown = async (sku: string): Promise<boolean> => {
    const lines = [sku, 'unicorn'].map((wanted) => ({ sku: wanted, quantity: 1 }))
    return !(await post({ ...orderRequest, lines })).json<{ skus: string[] }>().skus.includes(sku)
  }

  it('is followed: a product can be ordered once it is listed, and no longer once it is delisted', async () => {
    const sku = `cup-${randomUUID()}`
    const cup = { sku, name: 'Cup', price: { amount: 900, currency: 'EUR' } }
    await topics.send('catalog-events', [[sku, eventOf('ProductListedEvent', sku, cup)]])
    await waitFor(() => isKnown(sku), { what: 'the product on sale' })

    await topics.send('catalog-events', [[sku, eventOf('ProductDelistedEvent', sku, { sku })]])
    await waitFor(async () => !(await isKnown(sku)), { what: 'the product off sale' })
  })
})

describe('a request that cannot be served', () => {
  it.each([
    ['an unknown SKU', { ...orderRequest, lines: [{ sku: 'unicorn', quantity: 1 }] }, 422, 'UNKNOWN_SKU'],
    ['quantity 0', { ...orderRequest, lines: [{ sku: 'mug', quantity: 0 }] }, 400, 'VALIDATION_FAILED'],
    ['quantity 10^9', { ...orderRequest, lines: [{ sku: 'mug', quantity: 1e9 }] }, 400, 'VALIDATION_FAILED'],
    ['half a piece', { ...orderRequest, lines: [{ sku: 'mug', quantity: 0.5 }] }, 400, 'VALIDATION_FAILED'],
    ['a text as quantity', { ...orderRequest, lines: [{ sku: 'mug', quantity: '2' }] }, 400, 'VALIDATION_FAILED'],
    [
      'a price of its own',
      { ...orderRequest, lines: [{ sku: 'mug', quantity: 1, unitPrice: 1 }] },
      400,
      'VALIDATION_FAILED',
    ],
    ['no lines', { ...orderRequest, lines: [] }, 400, 'VALIDATION_FAILED'],
    ['no customer', { ...orderRequest, customerId: undefined }, 400, 'VALIDATION_FAILED'],
    ['a NUL character', { ...orderRequest, customerId: 'a\u0000b' }, 400, 'UNSTORABLE_TEXT'],
  ])('is refused: %s', async (_, request, status, code) => {
    const response = await post(request)

    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json()).toMatchObject({ code, status })
  })

  it.each([
    ['malformed JSON', '{"customerId":', 'application/json', 400, 'MALFORMED_JSON'],
    ['another content type', '<order/>', 'application/xml', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['an oversized body', `{"customerId":"${'a'.repeat(70_000)}"}`, 'application/json', 413, 'BODY_TOO_LARGE'],
  ])('is refused: %s', async (_, payload, contentType, status, code) => {
    const response = await service.app.inject({
      method: 'POST',
      url: '/api/orders',
      payload,
      headers: { 'content-type': contentType },
    })

    expect(response.statusCode).toBe(status)
    expect(response.json()).toMatchObject({ code, status })
  })

  it.each([
    ['/api/orders/no-such-order', 404, 'ORDER_NOT_FOUND'],
    ['/api/orders/no-such-order?wait=DELIVERED&timeout=soon', 400, 'BAD_TIMEOUT'],
    ['/api/orders/no-such-order?wait=DELIVERED&timeout=2h', 400, 'BAD_TIMEOUT'],
    ['/api/orders/no-such-order?wait=LOST_IN_SPACE', 400, 'VALIDATION_FAILED'],
    ['/api/orders?after=nonsense', 400, 'BAD_CURSOR'],
    ['/api/orders?limit=0', 400, 'VALIDATION_FAILED'],
  ])('is refused: GET %s', async (url, status, code) => {
    const response = await service.app.inject(url)

    expect(response.statusCode).toBe(status)
    expect(response.json()).toMatchObject({ code, status })
  })
})

describe('a request that waits', () => {
  it('is answered with the order as it is when its time is over', async () => {
    const orderId = await place()
    const response = await service.app.inject(`/api/orders/${orderId}?wait=DELIVERED&timeout=50ms`)

    expect(response.json()).toMatchObject({ orderId, status: 'CREATED' })
  })

  it('sees what another instance of the service did', async () => {
    const other = await runningOrder(database.url)
    const orderId = await place()
    const answer = other.app.inject(`/api/orders/${orderId}?wait=CONFIRMED&timeout=60s`)
    await topics.send('payment-events', [[orderId, participantEvents(orderId).paid]])

    expect((await answer).json()).toMatchObject({ status: 'CONFIRMED' })
    await other.close()
  })
})

it('orders are listed newest first, by customer and status, page by page', async () => {
  const customerId = `customer-${randomUUID()}`
  const orderIds: string[] = []
  for (let n = 0; n < 5; n++) orderIds.push(await place({ ...orderRequest, customerId }))
  const [cancelled] = orderIds
  if (cancelled === undefined) throw new Error('no order was placed')
  const { declined, released } = participantEvents(cancelled)
  await topics.send('payment-events', [[cancelled, declined]])
  await topics.send('dispatch-events', [[cancelled, released]])
  await waitForStatus(cancelled, 'CANCELLED')

  const list = async (query: string) =>
    (await service.app.inject(`/api/orders?customerId=${customerId}${query}`)).json<{
      orders: { orderId: string }[]
      next?: string
    }>()
  const first = await list('&limit=3')
  const second = await list(`&limit=3&after=${first.next}`)

  expect([...first.orders, ...second.orders].map(({ orderId }) => orderId)).toEqual(orderIds.toReversed())
  expect(second.next).toBeUndefined()
  expect((await list('&status=CANCELLED')).orders.map(({ orderId }) => orderId)).toEqual([cancelled])
})

it('a record that cannot be read is put aside with its bytes, and the partition goes on', async () => {
  const orderId = await place()
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const broken = eventOf('PaymentProcessedEvent', orderId, { orderId, amount: 'much' })
  const unknown = eventOf('SomethingElseEvent', orderId, { orderId })

  await topics.send('payment-events', [
    [orderId, broken],
    [orderId, unknown],
    [orderId, participantEvents(orderId).paid],
  ])

  expect((await waitForStatus(orderId, 'CONFIRMED')).status).toBe('CONFIRMED')
  const { rows } = await client.query<{ code: string; value: Buffer }>(
    "select code, value from undecodable_records where convert_from(key, 'UTF8') = $1 order by record_offset",
    [orderId],
  )
  expect(rows.map(({ code }) => code)).toEqual(['SCHEMA_VIOLATION', 'UNKNOWN_EVENT_TYPE'])
  expect(JSON.parse(String(rows[0]?.value))).toEqual(broken)
  await client.end()
})

it('the events of all services are described at /asyncapi.json', async () => {
  const document = (await service.app.inject('/asyncapi.json')).json<{ asyncapi: string; channels: object }>()
  expect(document.asyncapi).toMatch(/^3\./)
  expect(Object.keys(document.channels)).toContain('order-events')
})
