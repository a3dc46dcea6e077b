import { describe, expect, it } from 'vitest'
import { awaitedEvents } from '../src/awaited-events.ts'
import type { Fulfilment } from '../src/order-fulfilment-saga.ts'

const story = (facts: Partial<Fulfilment>): Fulfilment => ({
  orderId: 'o-1',
  goal: 'DELIVER',
  payment: 'PENDING',
  stock: 'PENDING',
  parcel: 'PENDING',
  reason: '',
  detail: '',
  deliveredAt: '',
  wait: 'payment',
  waitUntil: '',
  wokenAt: '',
  overdue: 0,
  ...facts,
})

const awaited = (facts: Partial<Fulfilment>): readonly string[] =>
  awaitedEvents(story(facts)).map(({ type, service }) => `${type} of ${service}`)

describe('what the saga of an order still waits for', () => {
  it('is the whole way, when the order is new', () => {
    expect(awaited({})).toEqual([
      'PaymentProcessedEvent of payment-service',
      'OrderDispatchedEvent of dispatch-service',
      'PaymentCapturedEvent of payment-service',
      'OrderDeliveredEvent of delivery-service',
    ])
  })

  it.each<[Partial<Fulfilment>, readonly string[]]>([
    [{ payment: 'AUTHORIZED', stock: 'DISPATCHED' }, ['PaymentCapturedEvent', 'OrderDeliveredEvent']],
    [{ payment: 'CAPTURED', stock: 'DISPATCHED', parcel: 'DELIVERED' }, []],
    [{ goal: 'CANCEL' }, ['StockReleasedEvent', 'PaymentVoidedEvent']],
    [{ goal: 'CANCEL', payment: 'FAILED', stock: 'RELEASED' }, []],
    [
      { goal: 'CANCEL', payment: 'CAPTURED', stock: 'DISPATCHED' },
      ['DeliveryReturnedEvent', 'StockReturnedEvent', 'PaymentRefundedEvent'],
    ],
    [{ payment: 'CAPTURED', stock: 'DISPATCHED', parcel: 'RETURNED' }, ['StockReturnedEvent', 'PaymentRefundedEvent']],
    [{ payment: 'CAPTURED', stock: 'DISPATCHED', parcel: 'LOST' }, ['PaymentRefundedEvent']],
  ])('after %o is %j', (facts, types) => {
    expect(awaitedEvents(story(facts)).map(({ type }) => type)).toEqual(types)
  })
})
