import { expect, it } from 'vitest'
import { timelineText } from '../../src/timeline/timeline-text.ts'
import { explainWaiting } from '../../src/timeline/waiting/explain-waiting.ts'
import { UNKNOWN_HEALTH } from '../../src/timeline/waiting/platform-health.ts'
import { at, ORDER, reservedOrder } from './case-story.ts'

it('tells in a terminal what the page shows, in the same order', () => {
  const { story, created } = reservedOrder()
  story.attempt('dispatch', created, 50, { outcome: 'duplicate' })
  story.call('payment', { requestedAt: at(15), attempts: 2, dueAt: at(6_000), lastError: 'no answer' })
  story.deadline('order', { dueAt: at(900_000) })
  const timeline = story.timeline(5_500, { awaited: [{ type: 'OrderDispatchedEvent', service: 'dispatch-service' }] })

  const text = timelineText(timeline, explainWaiting(timeline, UNKNOWN_HEALTH))

  expect(text).toBe(`Order ${ORDER} · CREATED · 50 ms · 4 steps
  payment-service gets no answer from the payment gateway to payment-gateway authorize-${ORDER} since 12:00:00 UTC (5.5 s), 2 attempts so far: no answer. Next try at 12:00:06 UTC (in 500 ms).
  → See whether the payment gateway works. The call is repeated with the same key until it is answered.

  12:00:00.000 UTC
          +0 ms  order    ■ OrderCreatedEvent  asked for from outside
          +9 ms  dispatch ■ OrderCreatedEvent  order-events/1@7 · outbox 6 ms · queue 3 ms · work 5 ms
                             → StockReservedEvent
         +10 ms  payment  ■ OrderCreatedEvent  order-events/1@7 · outbox 6 ms · queue 4 ms · work 10 ms (slowest)
                             → PaymentRequested (private)
         +50 ms  dispatch = OrderCreatedEvent  duplicate ignored · order-events/1@7

  still to come
                 payment  ◌ answer to payment-gateway authorize-${ORDER}, 2 failed attempts, in 500 ms (no answer)
                 dispatch ◌ OrderDispatchedEvent
                 order    ◌ deadline orderFulfilment wakeUp, in 14 min 54 s
`)
})
