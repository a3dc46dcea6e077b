import type { Money } from '@stocker/contracts'

/** What payment-service has said about an order's money. PENDING: nothing yet. */
export const PAYMENT_FACTS = [
  'PENDING',
  'AUTHORIZED',
  'CAPTURED',
  'PARTLY_REFUNDED',
  'REFUND_FAILED',
  'FAILED',
  'VOIDED',
  'REFUNDED',
] as const
export type PaymentStatus = (typeof PAYMENT_FACTS)[number]

export interface PaymentFact {
  readonly status: PaymentStatus
  readonly captured?: Money
  readonly refunded?: Money
  readonly reason?: string
}

/** What dispatch and delivery have said about an order's parcel. */
export const PARCEL_FACTS = [
  'DISPATCHED',
  'SCHEDULED',
  'OUT_FOR_DELIVERY',
  'ATTEMPT_FAILED',
  'DELIVERED',
  'RETURNED',
  'LOST',
] as const
export type ParcelStatus = (typeof PARCEL_FACTS)[number]

export interface ParcelFact {
  readonly status: ParcelStatus
  readonly courier?: string
  readonly trackingNumber?: string
  /** Attempts so far. */
  readonly attempts?: number
  /** ISO 8601, UTC. */
  readonly nextAttemptAt?: string
  readonly reason?: string
}

const PAYMENT_RANKS: Readonly<Record<PaymentStatus, number>> = {
  PENDING: 0,
  AUTHORIZED: 1,
  CAPTURED: 2,
  // A refund may be refused and granted in turn.
  PARTLY_REFUNDED: 3,
  REFUND_FAILED: 3,
  FAILED: 4,
  VOIDED: 4,
  REFUNDED: 4,
}

const PARCEL_RANKS: Readonly<Record<ParcelStatus, number>> = {
  DISPATCHED: 0,
  SCHEDULED: 1,
  // These two take turns, attempt by attempt.
  OUT_FOR_DELIVERY: 2,
  ATTEMPT_FAILED: 3,
  DELIVERED: 20,
  RETURNED: 21,
  LOST: 21,
}

/** The place of a fact on the parcel's way; a later attempt lies behind an earlier one. */
const placeOf = ({ status, attempts = 0 }: ParcelFact): number =>
  status === 'OUT_FOR_DELIVERY' || status === 'ATTEMPT_FAILED'
    ? attempts * 2 + PARCEL_RANKS[status]
    : PARCEL_RANKS[status]

const FINAL_RANK = PAYMENT_RANKS.REFUNDED

const moneyMoved = ({ captured, refunded }: PaymentFact): number => (captured?.amount ?? 0) + (refunded?.amount ?? 0)

/** What is known with a fact added. One that lies behind what is known is late or repeated, and changes nothing. */
export const withPayment = (known: PaymentFact, fact: PaymentFact): PaymentFact => {
  const from = PAYMENT_RANKS[known.status]
  const to = PAYMENT_RANKS[fact.status]
  if (from === FINAL_RANK || to < from) return known
  if (fact.status === known.status && moneyMoved(fact) <= moneyMoved(known)) return known
  const { reason: _, ...lasting } = known
  return { ...lasting, ...fact }
}

export const withParcel = (known: ParcelFact | null, fact: ParcelFact): ParcelFact => {
  if (known === null) return fact
  if (placeOf(fact) > placeOf(known)) {
    const { reason: _, nextAttemptAt: __, ...lasting } = known
    return { ...lasting, ...fact }
  }
  const { courier, trackingNumber } = fact
  // The number of the parcel is worth knowing even when it comes last.
  if (courier === undefined || trackingNumber === undefined || known.trackingNumber !== undefined) return known
  return { ...known, courier, trackingNumber }
}
