import type { EventData } from '@stocker/contracts'
import type { AddressedCommand, Reaction, SagaContext } from '@stocker/cqrs'
import { defineSaga, send } from '@stocker/cqrs'
import type { OrderCommands, OrderEvents } from './order.ts'
import { order } from './order.ts'

/**
 * The whole story of an order, from its creation to one of its ends:
 *
 * - delivered, the money taken, the pieces sold;
 * - cancelled, no money taken or all of it given back, the pieces free;
 * - returned or lost, the money given back; the pieces of a lost parcel are gone.
 *
 * The other services act on events, and tell what they did by events, over topics that nothing orders. So the saga keeps facts instead of a place in a
 * sequence: each event adds one, in whatever order they come; which commands follow, and what is waited for, is read off the facts. A fact that is
 * known already changes nothing, and nothing that followed once follows again.
 */
export interface Fulfilment {
  readonly orderId: string
  /** What the order is to come to: the customer's wish, or what is left of it. */
  readonly goal: 'DELIVER' | 'CANCEL' | 'RETURN'
  readonly payment: 'PENDING' | 'AUTHORIZED' | 'CAPTURED' | 'FAILED' | 'VOIDED' | 'REFUNDED'
  readonly stock: 'PENDING' | 'DISPATCHED' | 'REJECTED' | 'RELEASED' | 'RETURNED'
  readonly parcel: 'PENDING' | 'GOING_BACK' | 'DELIVERED' | 'RETURNED' | 'LOST'
  /** Of what went wrong last: a code, and more for a reader. */
  readonly reason: string
  readonly detail: string
  readonly deliveredAt: string
  readonly wait: Wait
  /** When the wait is over. ISO 8601, UTC, as all times here. */
  readonly waitUntil: string
  /** When the saga is woken up at the latest, to look; never later than `waitUntil`. */
  readonly wokenAt: string
  /** How often in a row nothing came within the time for `wait`. */
  readonly overdue: number
}

/** What a saga can be waiting for; each wait has a deadline. */
export const WAITS = ['payment', 'dispatch', 'delivery', 'capture', 'cancellation', 'return', 'refund'] as const
export type Wait = (typeof WAITS)[number]

/** How long each may take. Milliseconds. */
export type FulfilmentTimeouts = Readonly<Record<Wait, number>>

type Fact = Partial<Omit<Fulfilment, 'orderId' | 'wait' | 'waitUntil' | 'wokenAt' | 'overdue'>>

const is = <T extends string>(value: T, ...these: readonly T[]): boolean => these.includes(value)

const paid = ({ payment }: Fulfilment) => is(payment, 'AUTHORIZED', 'CAPTURED')
const moneyIsBack = ({ payment }: Fulfilment) => is(payment, 'FAILED', 'VOIDED', 'REFUNDED')
const stockIsBack = ({ stock }: Fulfilment) => is(stock, 'REJECTED', 'RELEASED', 'RETURNED')

/** What follows from the facts. In the order in which it is done when several follow at once. */
const CONSEQUENCES: {
  readonly [C in keyof OrderCommands]?: (story: Fulfilment) => OrderCommands[C] | false
} = {
  Confirm: (story) => paid(story) && { orderId: story.orderId },
  MarkDispatched: (story) => story.stock === 'DISPATCHED' && { orderId: story.orderId },
  Cancel: (story) =>
    story.goal === 'DELIVER' &&
    (is(story.payment, 'FAILED', 'VOIDED') || is(story.stock, 'REJECTED', 'RELEASED')) &&
    is(story.parcel, 'PENDING') &&
    why(story),
  BeginReturn: (story) => story.goal === 'DELIVER' && is(story.parcel, 'GOING_BACK', 'RETURNED') && why(story),
  Complete: ({ orderId, parcel, deliveredAt }) => parcel === 'DELIVERED' && { orderId, deliveredAt },
  MarkLost: (story) => story.parcel === 'LOST' && why(story),
  FinishCancellation: (story) =>
    story.goal === 'CANCEL' && moneyIsBack(story) && stockIsBack(story) && { orderId: story.orderId },
  FinishReturn: (story) =>
    story.goal !== 'CANCEL' &&
    story.parcel === 'RETURNED' &&
    moneyIsBack(story) &&
    stockIsBack(story) && { orderId: story.orderId, reason: story.reason },
}

/** Nothing can follow any more, unless the customer sends back what was delivered. */
const isOver = (story: Fulfilment): boolean => {
  if (story.parcel === 'LOST') return moneyIsBack(story)
  if (story.parcel === 'DELIVERED' && story.goal !== 'RETURN') return is(story.payment, 'CAPTURED', 'REFUNDED')
  return (story.goal === 'CANCEL' || story.parcel === 'RETURNED') && moneyIsBack(story) && stockIsBack(story)
}

const waitOf = (story: Fulfilment): Wait => {
  if (story.parcel === 'LOST') return 'refund'
  if (story.parcel === 'DELIVERED' && story.goal !== 'RETURN') return 'capture'
  if (story.goal === 'CANCEL') return 'cancellation'
  if (story.goal === 'RETURN' || is(story.parcel, 'GOING_BACK', 'RETURNED')) return 'return'
  if (story.stock === 'DISPATCHED') return 'delivery'
  return paid(story) ? 'dispatch' : 'payment'
}

const why = ({ orderId, reason, detail }: Fulfilment) => ({ orderId, reason, ...(detail !== '' && { detail }) })

/** What each fact may still become: one that comes late, or twice, is none any more. */
const PROGRESS = {
  payment: { PENDING: 0, AUTHORIZED: 1, CAPTURED: 2, FAILED: 3, VOIDED: 3, REFUNDED: 3 },
  stock: { PENDING: 0, DISPATCHED: 1, REJECTED: 2, RELEASED: 2, RETURNED: 2 },
  parcel: { PENDING: 0, GOING_BACK: 1, DELIVERED: 2, RETURNED: 3, LOST: 3 },
} as const satisfies { readonly [K in 'payment' | 'stock' | 'parcel']: Readonly<Record<Fulfilment[K], number>> }

const isNews = (story: Fulfilment, fact: Fact): boolean =>
  (fact.goal !== undefined && fact.goal !== story.goal) ||
  (fact.payment !== undefined && PROGRESS.payment[fact.payment] > PROGRESS.payment[story.payment]) ||
  (fact.stock !== undefined && PROGRESS.stock[fact.stock] > PROGRESS.stock[story.stock]) ||
  (fact.parcel !== undefined && PROGRESS.parcel[fact.parcel] > PROGRESS.parcel[story.parcel])

type Deadlines = { wakeUp: object }
type Answer = Reaction<Fulfilment, Deadlines>

/** The commands that follow now and did not follow before. */
const consequences = (before: Fulfilment, now: Fulfilment): AddressedCommand[] =>
  Object.entries(CONSEQUENCES as Record<string, (story: Fulfilment) => object | false>).flatMap(([type, follows]) => {
    const data = follows(now)
    if (data === false || follows(before) !== false) return []
    return [send(order, now.orderId, { type, data } as never)]
  })

const later = (now: string, ms: number): string => new Date(Date.parse(now) + ms).toISOString()

/**
 * Begins a wait. A deadline that would come too early is left where it is, and looks once in vain: most orders are at their end long before it, and moving it
 * at each of their steps would cost them more.
 */
const waiting = (story: Fulfilment, now: string, ms: number): Answer => {
  const waitUntil = later(now, ms)
  if (story.wokenAt !== '' && story.wokenAt <= waitUntil) return { state: { ...story, waitUntil } }
  return { state: { ...story, waitUntil, wokenAt: waitUntil }, schedule: { wakeUp: { at: waitUntil } } }
}

const MOST_DOUBLINGS = 6

/** Before the parcel has left, an order that gets no further is given up. After that only people can help, and are told, less often each time. */
const overdue = (story: Fulfilment, now: string, timeouts: FulfilmentTimeouts): Answer => {
  const { orderId, wait } = story
  const left = wait !== 'payment' && wait !== 'dispatch'
  const data = { orderId, reason: `${wait.toUpperCase()}_${left ? 'OVERDUE' : 'TIMEOUT'}` }
  const times = story.overdue + 1
  return {
    ...waiting({ ...story, overdue: times, wokenAt: '' }, now, timeouts[wait] * 2 ** Math.min(times, MOST_DOUBLINGS)),
    commands: [send(order, orderId, left ? { type: 'MarkOverdue', data } : { type: 'Cancel', data })],
  }
}

/**
 * What is undone within moments (money given back, pieces put back) is `compensating`; what comes back by parcel takes its days.
 */
export const FULFILMENT_STAGES = ['running', 'compensating', 'returning'] as const

const STAGE_OF_WAIT: Readonly<Record<Wait, (typeof FULFILMENT_STAGES)[number]>> = {
  payment: 'running',
  dispatch: 'running',
  delivery: 'running',
  capture: 'running',
  cancellation: 'compensating',
  refund: 'compensating',
  return: 'returning',
}

/** From an order's creation to its end: `OrderFulfilmentSaga`. */
export const orderFulfilmentSaga = (timeouts: FulfilmentTimeouts) => {
  const learn = (before: Fulfilment, fact: Fact, orderId: string, now: string): Answer => {
    const known = { ...before, orderId }
    if (!isNews(known, fact)) return {}
    const learned = { ...known, ...fact }
    const wait = waitOf(learned)
    const commands = consequences(before, learned)
    if (isOver(learned)) return { state: { ...learned, wait, wokenAt: '' }, commands, end: true }
    // Who goes on waiting for the same thing gets no more time for it.
    if (wait === before.wait && before.orderId !== '') return { state: learned, commands }
    return { ...waiting({ ...learned, wait, overdue: 0 }, now, timeouts[wait]), commands }
  }

  const ofOrder = (data: { readonly orderId: string }) => data.orderId

  /** An event of another service, or of the order itself, and the fact that it is. */
  const tells = <D extends { readonly orderId: string }>(factOf: (data: D) => Fact) => ({
    id: ofOrder,
    handle: (story: Fulfilment, data: D, { now }: SagaContext) => learn(story, factOf(data), data.orderId, now),
  })

  type Events = Pick<OrderEvents, 'OrderCreatedEvent' | 'OrderCancelledEvent' | 'OrderReturnRequestedEvent'> & {
    [N in ParticipantEvent]: EventData<N>
  }

  return defineSaga<Fulfilment, Events, Deadlines>({
    name: 'orderFulfilment',
    initial: {
      orderId: '',
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
    },
    on: {
      // The order's own story
      OrderCreatedEvent: {
        id: ofOrder,
        starts: true,
        handle: (story, { orderId }, { now }) =>
          story.orderId === '' ? waiting({ ...story, orderId }, now, timeouts.payment) : {},
      },
      OrderCancelledEvent: tells(({ reason, detail = '' }) => ({ goal: 'CANCEL', reason, detail })),
      OrderReturnRequestedEvent: {
        ...tells(({ reason, detail = '' }) => ({ goal: 'RETURN', reason, detail })),
        // The saga was over when the parcel was delivered, and may be forgotten by now.
        starts: true,
        reopens: true,
      },

      // Money
      PaymentProcessedEvent: tells(() => ({ payment: 'AUTHORIZED' })),
      PaymentFailedEvent: tells(({ reason, message }) => ({
        payment: 'FAILED',
        reason: `PAYMENT_${reason}`,
        detail: message,
      })),
      PaymentCapturedEvent: tells(() => ({ payment: 'CAPTURED' })),
      PaymentVoidedEvent: tells(() => ({ payment: 'VOIDED', reason: 'PAYMENT_VOIDED', detail: '' })),
      PaymentRefundedEvent: tells(({ captured, totalRefunded }) =>
        totalRefunded.amount === captured.amount ? { payment: 'REFUNDED' } : {},
      ),

      // Goods
      OrderDispatchedEvent: tells(() => ({ stock: 'DISPATCHED' })),
      StockRejectedEvent: tells(({ shortages }) => ({
        stock: 'REJECTED',
        reason: 'OUT_OF_STOCK',
        detail: shortages.map(({ sku }) => sku).join(', '),
      })),
      StockReleasedEvent: tells(() => ({ stock: 'RELEASED' })),
      StockReturnedEvent: tells(() => ({ stock: 'RETURNED' })),

      // The parcel
      DeliveryAttemptFailedEvent: tells(({ reason, nextAttemptAt }) =>
        nextAttemptAt === undefined ? { parcel: 'GOING_BACK', reason: `DELIVERY_${reason}`, detail: '' } : {},
      ),
      OrderDeliveredEvent: tells(({ deliveredAt }) => ({ parcel: 'DELIVERED', deliveredAt })),
      DeliveryReturnedEvent: tells(({ reason }) => ({ parcel: 'RETURNED', reason })),
      DeliveryLostEvent: tells(({ reason }) => ({ parcel: 'LOST', reason })),
    },
    stages: { names: FULFILMENT_STAGES, of: ({ wait }) => STAGE_OF_WAIT[wait] },
    deadlines: {
      wakeUp: (story, _, { now }) =>
        now < story.waitUntil
          ? { state: { ...story, wokenAt: story.waitUntil }, schedule: { wakeUp: { at: story.waitUntil } } }
          : overdue(story, now, timeouts),
    },
  })
}

type ParticipantEvent =
  | 'PaymentProcessedEvent'
  | 'PaymentFailedEvent'
  | 'PaymentCapturedEvent'
  | 'PaymentVoidedEvent'
  | 'PaymentRefundedEvent'
  | 'OrderDispatchedEvent'
  | 'StockRejectedEvent'
  | 'StockReleasedEvent'
  | 'StockReturnedEvent'
  | 'DeliveryAttemptFailedEvent'
  | 'OrderDeliveredEvent'
  | 'DeliveryReturnedEvent'
  | 'DeliveryLostEvent'
