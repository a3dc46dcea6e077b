import { goldenSamples } from '@stocker/cqrs/testing'
import { expect, test } from 'vitest'
import { order } from '../src/order.ts'

test('orders that were stored by earlier versions are read for ever', () => {
  const orderId = 'order-1'
  expect(goldenSamples(order, new URL('./samples/order/', import.meta.url))).toEqual([
    {
      file: 'OrderCancelledEvent.v1.json',
      type: 'OrderCancelledEvent',
      revision: 1,
      events: [
        {
          type: 'OrderCancelledEvent',
          revision: 2,
          data: { orderId, reason: 'PAYMENT_DECLINED', detail: 'the card was declined' },
        },
        { type: 'OrderCancellationFinished', revision: 1, data: { orderId } },
      ],
    },
  ])
})
