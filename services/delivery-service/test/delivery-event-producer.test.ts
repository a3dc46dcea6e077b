import type { StoredEvent } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import { DeliveryEventProducer } from '../src/delivery-event-producer.ts'

const stored = (type: string, data: object): StoredEvent => ({
  id: '0195f2b2-7c2e-7000-8000-000000000001',
  stream: 'delivery-o-1',
  version: 1,
  revision: 1,
  type,
  data,
  metadata: { correlationId: 'o-1', causationId: null },
  occurredAt: '2026-03-01T12:00:00.000Z',
  position: 1n,
  tx: 1n,
})

describe('the events of a delivery', () => {
  const { map } = new DeliveryEventProducer()

  it('go to delivery-events, by order', () => {
    const data = { orderId: 'o-1', deliveryId: 'delivery-o-1' }
    expect(map(stored('OrderDeliveredEvent', data))).toEqual({ topic: 'delivery-events', key: 'o-1', data })
  })

  it('that no contract names stay here', () => {
    expect(map(stored('ReturnStarted', { orderId: 'o-1' }))).toBeNull()
  })
})
