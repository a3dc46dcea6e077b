import { EVENT_NAMES } from '@stocker/contracts'
import { expect, test } from 'vitest'
import { eventTone, eventWords, WORDS_WIDTH } from '../src/terminal/words.ts'

test('an event is told in words that every reader understands', () => {
  expect(eventWords('PaymentProcessedEvent')).toBe('payment processed')
  expect(eventWords('OrderOutForDeliveryEvent')).toBe('order out for delivery')
  expect(eventWords('CartItemQuantityChangedEvent')).toBe('cart item quantity changed')
})

test('the words of every event fit into their column', () => {
  expect(Math.max(...EVENT_NAMES.map((name) => eventWords(name).length))).toBe(WORDS_WIDTH)
})

test('what went wrong is told as such, and what came to a good end', () => {
  const told = (tone: string) => EVENT_NAMES.filter((name) => eventTone(name) === tone).sort()
  expect(told('bad')).toEqual([
    'CartExpiredEvent',
    'DeliveryAttemptFailedEvent',
    'DeliveryLostEvent',
    'OrderCancelledEvent',
    'PaymentFailedEvent',
    'PaymentRefundFailedEvent',
    'StockRejectedEvent',
  ])
  expect(told('good')).toEqual([
    'OrderCompletedEvent',
    'OrderDeliveredEvent',
    'OrderReturnedEvent',
    'PaymentRefundedEvent',
  ])
})
