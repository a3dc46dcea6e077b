import { startPlatform, tellStory } from '@stocker/platform'
import { expect, test } from 'vitest'
import type { ReceivedSpan } from '../test/otlp-receiver.ts'
import { startOtlpReceiver } from '../test/otlp-receiver.ts'
import { scenario } from './cart-to-delivery.ts'

const stepOf = ({ service, name }: ReceivedSpan): string => `${service}: ${name}`

const STEPS = [
  'cart-service: POST /api/carts/:id/checkout',
  'cart-service: send cart-events',
  'order-service: process cart-events',
  'order-service: send order-events',
  'payment-service: process order-events',
  'payment-service: call payment-gateway',
  'payment-service: send payment-events',
  'order-service: process payment-events',
  'dispatch-service: process order-events',
  'dispatch-service: process payment-events',
  'dispatch-service: send dispatch-events',
  'delivery-service: process dispatch-events',
  'delivery-service: call courier',
  'delivery-service: send delivery-events',
  'order-service: process delivery-events',
]

test('one order is one connected trace over all services, from the checkout to the delivery', async () => {
  const receiver = await startOtlpReceiver()
  await using platform = await startPlatform({
    environment: {
      MANAGEMENT_OTLP_TRACING_ENDPOINT: receiver.endpoint,
      MANAGEMENT_TRACING_SAMPLING_PROBABILITY: '1',
    },
  })
  const end = await tellStory(scenario, {
    url: (name) => platform.url(name),
    token: (claims) => platform.token(claims),
    services: [],
    onLine: () => undefined,
  })
  expect(end.failure).toBeUndefined()

  const ofOrder = () => {
    const checkout = receiver.spans.find(({ name }) => name === 'POST /api/carts/:id/checkout')
    return receiver.spans.filter(({ traceId }) => traceId === checkout?.traceId)
  }
  // Each service sends its spans when it likes.
  await expect.poll(() => STEPS.filter((step) => !ofOrder().map(stepOf).includes(step))).toEqual([])

  await platform.stop()
  const spans = ofOrder()
  const known = new Set(spans.map(({ spanId }) => spanId))
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId))
  expect(orphans.map(stepOf)).toEqual([])
  expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined).map(stepOf)).toEqual([
    'cart-service: POST /api/carts/:id/checkout',
  ])
  for (const span of spans.filter(({ name }) => name.startsWith('process ')))
    expect(span.links.map(({ spanId }) => spanId)).toEqual([span.parentSpanId])
  await receiver.close()
})
