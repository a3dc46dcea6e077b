import { expectTypeOf, test } from 'vitest'
import type { DomainEvent, EventData, Money, OrderLine } from '../src/index.ts'
import { EVENTS, TOPICS } from '../src/index.ts'

interface ShippingAddress {
  readonly name: string
  readonly line1: string
  readonly city: string
  readonly postalCode: string
  readonly country: string
}

test('an event has exactly the fields of its schema, readonly all the way down', () => {
  expectTypeOf<EventData<'OrderCreatedEvent'>>().toEqualTypeOf<{
    readonly orderId: string
    readonly customerId: string
    readonly cartId?: string
    readonly lines: readonly {
      readonly sku: string
      readonly name: string
      readonly quantity: number
      readonly unitPrice: { readonly amount: number; readonly currency: string }
    }[]
    readonly total: { readonly amount: number; readonly currency: string }
    readonly shippingAddress: ShippingAddress
    readonly paymentToken: string
  }>()
  expectTypeOf<EventData<'CartCreatedEvent'>>().not.toBeAny()
})

test('shared shapes are the shapes inside the events', () => {
  expectTypeOf<EventData<'OrderCreatedEvent'>['total']>().toEqualTypeOf<Money>()
  expectTypeOf<EventData<'CartCheckedOutEvent'>['lines']>().toEqualTypeOf<readonly OrderLine[]>()
})

test('a fixed list of values is a union of literals', () => {
  expectTypeOf<EventData<'PaymentFailedEvent'>['reason']>().toEqualTypeOf<
    'DECLINED' | 'INSUFFICIENT_FUNDS' | 'GATEWAY_UNAVAILABLE'
  >()
})

test('an event narrows its data by its type', () => {
  expectTypeOf<Extract<DomainEvent, { type: 'OrderDeliveredEvent' }>['data']>().toEqualTypeOf<
    EventData<'OrderDeliveredEvent'>
  >()
})

test('definitions and topics keep their names as literals', () => {
  expectTypeOf(EVENTS.OrderCreatedEvent.key).toEqualTypeOf<'orderId'>()
  expectTypeOf(EVENTS.OrderCreatedEvent.topic).toEqualTypeOf<'order-events'>()
  expectTypeOf(TOPICS['catalog-events'].events[0]).toEqualTypeOf<
    'ProductListedEvent' | 'ProductPriceChangedEvent' | 'ProductDelistedEvent' | undefined
  >()
})
