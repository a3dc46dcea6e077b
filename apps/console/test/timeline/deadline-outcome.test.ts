import { model as delivery } from '@stocker/delivery-service/model'
import type { Fulfilment } from '@stocker/order-service/model'
import { model as order } from '@stocker/order-service/model'
import { expect, it } from 'vitest'
import { deadlineOutcome } from '../../src/timeline/deadline-outcome.ts'
import { at, createdOrder, ORDER } from './case-story.ts'

const saga = order.sagas[0]
const deadline = { scope: 'saga:orderFulfilment', id: ORDER, name: 'wakeUp', dueAt: at(900_000) }
const outcome = (state: Partial<Fulfilment>) =>
  deadlineOutcome(order, deadline, () => ({ ...saga?.initial, orderId: ORDER, wokenAt: deadline.dueAt, ...state }))

it('a payment that is given up before its time cancels the order, and who does it is told so', () => {
  expect(outcome({ wait: 'payment', waitUntil: deadline.dueAt })).toBe(
    'What would happen at its time happens now, and cannot be taken back. order: cancel, PAYMENT_TIMEOUT.',
  )
})

it('a deadline that only looks, since the wait goes on, changes nothing, and who does it is told so', () => {
  expect(outcome({ wait: 'dispatch', waitUntil: at(1_800_000) })).toContain(
    `only looks whether something is late, which is not so before ${at(1_800_000)}`,
  )
})

it('what cannot be known is not made up', () => {
  expect(deadlineOutcome(order, deadline, () => undefined)).toContain('cannot be told')
  expect(deadlineOutcome(delivery, { ...deadline, scope: 'aggregate:another' }, () => ({}))).toContain('cannot be told')
})

it('a call or a message that waits for its next attempt can be hastened, one that is being tried cannot', () => {
  const { story, created } = createdOrder()
  story.call('payment', { attempts: 1, dueAt: at(6_000) })
  story.attempt('dispatch', created, 50, { nextAttemptAt: at(6_000) })
  const canAt = (ms: number) =>
    story
      .timeline(ms)
      .expected.filter(({ runNow }) => runNow !== null)
      .map(({ kind }) => kind)

  expect(canAt(100)).toEqual(['handling', 'call'])
  expect(canAt(7_000)).toEqual([])
})
