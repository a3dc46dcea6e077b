import type { StoredEvent } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import { CartEventProducer } from '../src/cart-event-producer.ts'

const stored = (type: string, data: object): StoredEvent => ({
  id: '0195f2b2-7c2e-7000-8000-000000000001',
  stream: 'cart-c-1',
  version: 1,
  revision: 1,
  type,
  data,
  metadata: { correlationId: 'c-1', causationId: null },
  occurredAt: '2026-03-01T12:00:00.000Z',
  position: 1n,
  tx: 1n,
})

describe('the events of this service', () => {
  const { map } = new CartEventProducer()

  it('of a cart go to cart-events, by cart', () => {
    const data = { cartId: 'c-1', sku: 'mug' }
    expect(map(stored('ItemRemovedFromCartEvent', data))).toEqual({ topic: 'cart-events', key: 'c-1', data })
  })

  it('of a product go to catalog-events, by sku', () => {
    const data = { sku: 'mug', price: { amount: 1, currency: 'EUR' } }
    expect(map(stored('ProductPriceChangedEvent', data))).toEqual({ topic: 'catalog-events', key: 'mug', data })
  })

  it('that no contract names stay here', () => {
    expect(map(stored('SomethingPrivate', { cartId: 'c-1' }))).toBeNull()
  })
})
