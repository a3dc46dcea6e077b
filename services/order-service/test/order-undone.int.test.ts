import { randomUUID } from 'node:crypto'
import type { Service } from '@stocker/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTopics } from '../../../test/kafka-records.ts'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { participantEvents } from './participant-events.ts'
import type { OrderView } from './running-order.ts'
import { orderOnTopics, orderRequest, runningOrder } from './running-order.ts'

let topics: TestTopics
let service: Service
let close: () => Promise<void>

beforeAll(async () => {
  ;({ topics, service, close } = await orderOnTopics())
})

afterAll(() => close?.())

type Events = ReturnType<typeof participantEvents>
type Topic = 'payment-events' | 'dispatch-events' | 'delivery-events'

const topicOf = (eventType: string): Topic => {
  if (eventType.startsWith('Payment')) return 'payment-events'
  return /^(Stock|OrderDispatched)/.test(eventType) ? 'dispatch-events' : 'delivery-events'
}

const placed = async (): Promise<{ orderId: string; hear: (...names: (keyof Events)[]) => Promise<void> }> => {
  const response = await service.app.inject({ method: 'POST', url: '/api/orders', payload: orderRequest })
  const { orderId } = response.json<{ orderId: string }>()
  const events = participantEvents(orderId)
  return {
    orderId,
    hear: async (...names) => {
      for (const name of names) await topics.send(topicOf(events[name].eventType), [[orderId, events[name]]])
    },
  }
}

const ask = (
  orderId: string,
  action: 'cancel' | 'return',
  payload: object = {},
  headers: Record<string, string> = {},
) => service.app.inject({ method: 'POST', url: `/api/orders/${orderId}/${action}`, payload, headers })

const until = async (orderId: string, done: (order: OrderView) => boolean, what: string): Promise<OrderView> =>
  waitFor(
    async () => {
      const order = (await service.app.inject(`/api/orders/${orderId}`)).json<OrderView>()
      return done(order) && order
    },
    { what: `order ${orderId} ${what}` },
  )

const untilStatus = (orderId: string, status: string) =>
  until(orderId, (order) => order.status === status, `to be ${status}`)

const statuses = ({ history }: OrderView) => history.map(({ status }) => status)

const published = async (orderId: string, ...expected: string[]): Promise<void> => {
  const seen = () => topics.seen('order-events', orderId).map(({ eventType }) => eventType)
  await waitFor(() => seen().length >= expected.length, { what: `${expected.length} events of order ${orderId}` })
  expect(seen()).toEqual(expected)
}

describe('an order that comes to nothing', () => {
  it('is cancelled when its payment is declined, at its end as soon as its stock is free', async () => {
    const { orderId, hear } = await placed()

    await hear('declined')
    await untilStatus(orderId, 'CANCELLING')
    await published(orderId, 'OrderCreatedEvent', 'OrderCancelledEvent')
    await hear('released')

    const order = await untilStatus(orderId, 'CANCELLED')
    const reason = 'PAYMENT_DECLINED: the card was declined'
    expect(order.history.slice(1)).toMatchObject([
      { status: 'CANCELLING', reason },
      { status: 'CANCELLED', reason },
    ])
  })

  it('is cancelled when its stock is missing although it is paid, at its end as soon as the money is free', async () => {
    const { orderId, hear } = await placed()

    await hear('paid')
    await untilStatus(orderId, 'CONFIRMED')
    await hear('outOfStock')
    await untilStatus(orderId, 'CANCELLING')
    await hear('voided')

    const order = await untilStatus(orderId, 'CANCELLED')
    expect(statuses(order)).toEqual(['CREATED', 'CONFIRMED', 'CANCELLING', 'CANCELLED'])
    expect(order.payment).toMatchObject({ status: 'VOIDED', authorized: { amount: 0, currency: 'EUR' } })
  })

  it('is given up when nobody pays in time', async () => {
    const own = await createTestDatabase()
    const impatient = await runningOrder(own.url, { 'order.timeouts.payment': '100ms' })
    try {
      const response = await impatient.app.inject({ method: 'POST', url: '/api/orders', payload: orderRequest })
      const { orderId } = response.json<{ orderId: string }>()

      const order = await impatient.app.inject(`/api/orders/${orderId}?wait=CANCELLING&timeout=60s`)

      expect(order.json<OrderView>().history.at(-1)).toMatchObject({ status: 'CANCELLING', reason: 'PAYMENT_TIMEOUT' })
    } finally {
      await impatient.close()
      await own.drop()
    }
  })
})

describe('a customer', () => {
  it('cancels an order that is paid', async () => {
    const { orderId, hear } = await placed()
    await hear('paid')
    await untilStatus(orderId, 'CONFIRMED')

    const response = await ask(orderId, 'cancel', { reason: 'FOUND_CHEAPER', detail: 'next door' })
    await hear('released', 'voided')

    expect(response.statusCode).toBe(202)
    expect(response.json()).toEqual({ orderId, status: 'CANCELLING' })
    const order = await untilStatus(orderId, 'CANCELLED')
    expect(order.history.at(-1)).toMatchObject({ reason: 'FOUND_CHEAPER: next door' })
  })

  it('calls back a parcel that the courier has not set out with, and has the money back', async () => {
    const { orderId, hear } = await placed()
    await hear('paid', 'dispatched', 'captured', 'scheduled')
    await until(orderId, ({ parcels }) => parcels.length > 0 && 'trackingNumber' in Object(parcels[0]), 'has a parcel')

    expect((await ask(orderId, 'cancel')).statusCode).toBe(202)
    await hear('returned', 'restocked', 'refunded')

    const order = await untilStatus(orderId, 'CANCELLED')
    expect(order.payment).toMatchObject({ status: 'REFUNDED', refunded: { amount: 2500, currency: 'EUR' } })
    expect(order.parcels).toMatchObject([{ status: 'RETURNED', trackingNumber: 'T-1' }])
  })

  it('is refused when the courier is on the way, and returns it after its delivery instead', async () => {
    const { orderId, hear } = await placed()
    await hear('paid', 'dispatched', 'captured', 'scheduled', 'outForDelivery')
    await until(orderId, ({ parcels }) => Object(parcels[0]).status === 'OUT_FOR_DELIVERY', 'is on its way')

    const refused = await ask(orderId, 'cancel')
    expect(refused.statusCode).toBe(409)
    expect(refused.json()).toMatchObject({ code: 'NOT_CANCELLABLE', status: 409 })

    await hear('delivered')
    await untilStatus(orderId, 'DELIVERED')
    expect((await ask(orderId, 'return', { reason: 'DOES_NOT_FIT' })).json()).toEqual({ orderId, status: 'RETURNING' })
    await hear('returned', 'restocked', 'refunded')

    await untilStatus(orderId, 'RETURNED')
    await published(
      orderId,
      'OrderCreatedEvent',
      'OrderConfirmedEvent',
      'OrderCompletedEvent',
      'OrderReturnRequestedEvent',
      'OrderReturnedEvent',
    )
  })

  it('who asks twice with the same key has asked once; with a version that is gone, not at all', async () => {
    const { orderId } = await placed()
    const headers = { 'idempotency-key': randomUUID() }
    const { headers: seen } = await service.app.inject(`/api/orders/${orderId}`)
    expect(seen.etag).toBe('"1"')

    const stale = await ask(orderId, 'cancel', {}, { 'if-match': '"7"' })
    const [first, again] = [await ask(orderId, 'cancel', {}, headers), await ask(orderId, 'cancel', {}, headers)]

    expect(stale.statusCode).toBe(412)
    expect(first.json()).toEqual(again.json())
  })

  it('need not say why', async () => {
    const { orderId } = await placed()

    const response = await service.app.inject({ method: 'POST', url: `/api/orders/${orderId}/cancel` })

    expect(response.json()).toEqual({ orderId, status: 'CANCELLING' })
  })

  it.each(['cancel', 'return'] as const)('cannot %s an order that does not exist', async (action) => {
    const response = await ask('no-such-order', action)
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({ code: 'ORDER_NOT_FOUND' })
  })
})

describe('a parcel', () => {
  it('that nobody takes comes back, and the customer has the money back', async () => {
    const { orderId, hear } = await placed()
    await hear('paid', 'dispatched', 'captured', 'scheduled', 'outForDelivery', 'nobodyThere')
    await untilStatus(orderId, 'RETURNING')
    await hear('returned', 'restocked', 'refunded')

    const order = await untilStatus(orderId, 'RETURNED')
    expect(statuses(order)).toEqual(['CREATED', 'CONFIRMED', 'DISPATCHED', 'RETURNING', 'RETURNED'])
  })

  it('that is lost is paid back, and is never restocked', async () => {
    const { orderId, hear } = await placed()
    await hear('paid', 'dispatched', 'captured', 'lost')
    await untilStatus(orderId, 'LOST')
    await hear('refunded')

    const order = await until(orderId, ({ payment }) => payment.status === 'REFUNDED', 'is refunded')
    expect(order.status).toBe('LOST')
  })
})

it('money that went back in part is shown, and the order stays as it is', async () => {
  const { orderId, hear } = await placed()
  await hear('paid', 'dispatched', 'captured', 'delivered')
  await untilStatus(orderId, 'DELIVERED')

  await hear('partlyRefunded')

  const order = await until(orderId, ({ payment }) => payment.status === 'PARTLY_REFUNDED', 'is refunded in part')
  expect(order).toMatchObject({
    status: 'DELIVERED',
    payment: { captured: { amount: 2500 }, refunded: { amount: 500 }, reason: 'SCRATCHED' },
  })
})

it('a total that the customer was not shown is refused with the old and the new one, and nothing is ordered', async () => {
  const expectedTotal = { amount: 2400, currency: 'EUR' }
  const customerId = `customer-${randomUUID()}`
  const response = await service.app.inject({
    method: 'POST',
    url: '/api/orders',
    payload: { ...orderRequest, customerId, expectedTotal },
  })

  expect(response.statusCode).toBe(409)
  expect(response.json()).toMatchObject({
    code: 'PRICE_CHANGED',
    old: expectedTotal,
    new: { amount: 2500, currency: 'EUR' },
  })
  const list = await service.app.inject(`/api/orders?customerId=${customerId}`)
  expect(list.json()).toEqual({ orders: [] })
})

it('the dashboard counts the orders in each state, as the list of orders does', async () => {
  const { orderId, hear } = await placed()
  await hear('paid', 'dispatched', 'captured', 'delivered')
  await untilStatus(orderId, 'DELIVERED')

  const { orders } = (await service.app.inject('/api/dashboard')).json<{ orders: Record<string, number> }>()

  const list = await service.app.inject('/api/orders?status=DELIVERED&limit=200')
  expect(orders.DELIVERED).toBe(list.json<{ orders: object[] }>().orders.length)
})
