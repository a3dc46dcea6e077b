import type { DeliveryFailureReason, EventData } from '@stocker/contracts'
import type { Decision, DomainEvent, EventPlace, Owners } from '@stocker/cqrs'
import { defineAggregate, isRejection, reject } from '@stocker/cqrs'
import type { CourierReport } from './courier.ts'
import type { Parcel } from './courier-call.ts'
import { callInHand, hasParcel, isKeyOf, keyOf } from './courier-call.ts'
import { ORDER_CANCELLED, REPORTS, returnStarted } from './courier-report.ts'
import type { DeliveryCommands, DeliveryEvents, DeliveryRejection, Schedule } from './delivery-messages.ts'
import type { DELIVERY_TRANSITIONS, DeliveryStatus, ShownStatus } from './delivery-status.ts'

export type Proof = EventData<'OrderDeliveredEvent'>['proof']

export interface HistoryEntry {
  readonly status: ShownStatus
  /** ISO 8601, UTC. */
  readonly at: string
  /** Code of why, where it is not the usual way. */
  readonly reason?: string
}

export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number
  readonly reason: DeliveryFailureReason
  /** ISO 8601, UTC: when it was reported. */
  readonly at: string
}

/** Times are ISO 8601, UTC. */
export interface Delivery {
  readonly status: DeliveryStatus
  readonly schedule: Schedule | null
  /** Those that failed. */
  readonly attempts: readonly FailedAttempt[]
  readonly nextAttemptAt: string | null
  readonly proof: Proof | null
  /** When it was handed over, which is before the event that says so. */
  readonly deliveredAt: string | null
  /** The order is cancelled: the parcel must not be brought another time. */
  readonly recalled: boolean
  readonly returnReason: string | null
  /** When the courier, who owes news of the parcel, was last heard of. null: a call is under way that will be answered, or no news is due. */
  readonly heardAt: string | null
  readonly history: readonly HistoryEntry[]
}

/** Milliseconds. */
export interface DeliveryRules {
  /** From a failed attempt to the next one. */
  readonly retryAfterMs: number
  /** A courier who owes a report and is silent for so long is asked. */
  readonly silenceMs: number
}

const HEARD_BY = 'the call to the courier, which is repeated until it is answered; after that the deadline AskCourier'

export const DELIVERY_OWNERS = {
  NONE: { owner: 'OrderDispatchedEvent' },
  RECALLED: { owner: 'OrderDispatchedEvent, if it comes: an order that is not shipped needs no delivery' },
  SCHEDULED: { owner: HEARD_BY },
  OUT_FOR_DELIVERY: { owner: HEARD_BY },
  ATTEMPT_FAILED: { deadline: 'RequestAttempt' },
  DELIVERED: { owner: 'the customer, who keeps it or sends it back' },
  RETURNING: { owner: HEARD_BY },
} as const satisfies Owners<typeof DELIVERY_TRANSITIONS, keyof DeliveryCommands>

type Decided = Decision<DeliveryEvents, DeliveryRejection>

const moved = (state: Delivery, status: ShownStatus, at: string, reason?: string): Delivery => ({
  ...state,
  status,
  nextAttemptAt: null,
  heardAt: null,
  history: [...state.history, reason === undefined ? { status, at } : { status, at, reason }],
})

const evolve: {
  readonly [N in keyof DeliveryEvents]: (state: Delivery, data: DeliveryEvents[N], at: EventPlace) => Delivery
} = {
  DeliveryScheduledEvent: (state, schedule, { occurredAt }) => moved({ ...state, schedule }, 'SCHEDULED', occurredAt),
  OrderOutForDeliveryEvent: (state, _, { occurredAt }) => ({
    ...moved(state, 'OUT_FOR_DELIVERY', occurredAt),
    heardAt: occurredAt,
  }),
  OrderDeliveredEvent: (state, { deliveredAt, proof }, { occurredAt }) =>
    moved({ ...state, proof, deliveredAt, returnReason: null }, 'DELIVERED', occurredAt),
  DeliveryAttemptFailedEvent: (state, { attempt, reason, nextAttemptAt = null }, { occurredAt }) => ({
    ...moved(state, 'ATTEMPT_FAILED', occurredAt, reason),
    attempts: [...state.attempts, { attempt, reason, at: occurredAt }],
    nextAttemptAt,
  }),
  DeliveryReturnedEvent: (state, { reason }, { occurredAt }) => moved(state, 'RETURNED', occurredAt, reason),
  DeliveryLostEvent: (state, { reason }, { occurredAt }) => moved(state, 'LOST', occurredAt, reason),
  CancellationNoted: (state) => ({
    ...state,
    recalled: true,
    status: state.status === 'NONE' ? 'RECALLED' : state.status,
  }),
  AttemptRequested: (state, _, { occurredAt }) => moved(state, 'SCHEDULED', occurredAt),
  ReturnStarted: (state, { reason }, { occurredAt }) =>
    moved(
      { ...state, returnReason: reason, recalled: state.recalled || reason === ORDER_CANCELLED },
      'RETURNING',
      occurredAt,
      reason,
    ),
  CourierAsked: (state) => ({ ...state, heardAt: null }),
  CourierAnswered: (state, _, { occurredAt }) => ({ ...state, heardAt: occurredAt }),
}

const UNKNOWN_TIME: EventPlace = { occurredAt: '', version: 0 }

/** All of the reports, one after the other, or the first rejection. */
const decideReports = (reports: readonly CourierReport[], parcel: Parcel, rules: DeliveryRules): Decided => {
  const events: DomainEvent<DeliveryEvents>[] = []
  let now: Delivery = parcel
  for (const report of reports) {
    const decided = REPORTS[report.event](report as never, now as Parcel, rules)
    if (isRejection(decided)) return decided
    for (const { type, data } of decided) now = evolve[type](now, data as never, UNKNOWN_TIME)
    events.push(...decided)
  }
  return events
}

/** Whether the courier, who was asked under this key, has something else to do by now. */
const isOver = (key: string, parcel: Parcel): boolean => {
  const call = callInHand(parcel)
  return call === null || keyOf(call) !== key
}

/** What is of interest only as long as the courier is at it. Where the parcel has ended up counts, whatever he was asked for since. */
const isProgress = ({ event }: CourierReport): boolean => event === 'PICKED_UP' || event === 'ATTEMPT_FAILED'

/**
 * The way of one parcel. Reports of the courier and events of two topics come in any order and more than once: an event that does not fit the
 * state is late or known, and does nothing; a report that does not fit is rejected, so that whoever sent it learns that.
 */
export const defineDelivery = (rules: DeliveryRules) =>
  defineAggregate<Delivery, DeliveryCommands, DeliveryEvents, DeliveryRejection>({
    name: 'delivery',
    initial: {
      status: 'NONE',
      schedule: null,
      attempts: [],
      nextAttemptAt: null,
      proof: null,
      deliveredAt: null,
      recalled: false,
      returnReason: null,
      heardAt: null,
      history: [],
    },
    decide: {
      Schedule: (parcel, state) => {
        const schedule = { ...parcel, deliveryId: `delivery-${parcel.orderId}` }
        if (state.status === 'NONE') return [{ type: 'DeliveryScheduledEvent', data: schedule }]
        if (state.status !== 'RECALLED') return []
        return [
          { type: 'DeliveryScheduledEvent', data: { ...schedule, recalled: true } },
          returnStarted({ ...state, schedule }, ORDER_CANCELLED),
        ]
      },
      Report: ({ orderId, reports, answers, request, trackingNumber }, state) => {
        if (!hasParcel(state))
          return reject('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`, { orderId })
        if (trackingNumber !== undefined && trackingNumber !== state.schedule.trackingNumber)
          return reject('UNKNOWN_PARCEL', `the parcel of order ${orderId} is not ${trackingNumber}`, {
            orderId,
            trackingNumber,
          })
        if (request !== undefined && !isKeyOf(state.schedule, request))
          return reject('UNKNOWN_REQUEST', `${request} is no request for the parcel of order ${orderId}`, {
            orderId,
            idempotencyKey: request,
          })
        if (answers !== undefined && isOver(answers, state)) return []
        if (request !== undefined && reports.every(isProgress) && isOver(request, state)) return []
        const decided = decideReports(reports, state, rules)
        if (answers === undefined) return decided
        // Whatever it was, the call is over: from now on the deadline is what moves the parcel on.
        if (isRejection(decided)) return [{ type: 'CourierAnswered', data: { orderId, refused: decided.rejected } }]
        return decided.length > 0 ? decided : [{ type: 'CourierAnswered', data: { orderId } }]
      },
      Recall: ({ orderId, reason }, state) => {
        if (state.status === 'NONE' || (state.status === 'OUT_FOR_DELIVERY' && !state.recalled))
          return [{ type: 'CancellationNoted', data: { orderId, reason } }]
        if (!hasParcel(state)) return []
        return state.status === 'SCHEDULED' || state.status === 'ATTEMPT_FAILED'
          ? [returnStarted(state, ORDER_CANCELLED)]
          : []
      },
      RequestReturn: ({ reason }, state) =>
        hasParcel(state) && state.status === 'DELIVERED' ? [returnStarted(state, reason)] : [],
      RequestAttempt: ({ orderId }, state) => {
        const call = callInHand(state)
        return state.status === 'ATTEMPT_FAILED' && call !== null
          ? [{ type: 'AttemptRequested', data: { orderId, call } }]
          : []
      },
      AskCourier: ({ orderId }, state) => {
        const call = callInHand(state)
        return state.heardAt !== null && call !== null ? [{ type: 'CourierAsked', data: { orderId, call } }] : []
      },
    },
    evolve,
    deadlines: ({ schedule, nextAttemptAt, heardAt }) => {
      if (schedule === null) return {}
      const data = { orderId: schedule.orderId }
      if (nextAttemptAt !== null) return { RequestAttempt: { at: nextAttemptAt, data } }
      if (heardAt === null) return {}
      return { AskCourier: { at: new Date(Date.parse(heardAt) + rules.silenceMs).toISOString(), data } }
    },
  })

export type DeliveryAggregate = ReturnType<typeof defineDelivery>
