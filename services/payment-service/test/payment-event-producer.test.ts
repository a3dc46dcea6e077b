import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import { PaymentEventProducer } from '../src/payment-event-producer.ts'

const stored = (type: string, data: object): StoredEvent => ({
  id: '0195f2b2-7c2e-7000-8000-000000000001',
  stream: 'payment-o-1',
  version: 1,
  revision: 1,
  type,
  data,
  metadata: { correlationId: 'o-1', causationId: null },
  occurredAt: '2026-03-01T12:00:00.000Z',
  position: 1n,
  tx: 1n,
})

describe('the events of a payment', () => {
  const { map } = new PaymentEventProducer()

  it.each(TOPICS['payment-events'].events)('%s goes to payment-events, by order', (type) => {
    const data = { orderId: 'o-1', paymentId: 'payment-o-1' }
    expect(map(stored(type, data))).toEqual({ topic: 'payment-events', key: 'o-1', data })
  })

  it.each([
    'PaymentRequested',
    'PaymentCaptureNoted',
    'PaymentCaptureRequested',
    'PaymentReversalNoted',
    'PaymentVoidRequested',
    'PaymentRefundRequested',
  ])('%s stays here', (type) => {
    expect(map(stored(type, { orderId: 'o-1', paymentToken: 'tok_ok' }))).toBeNull()
  })
})
