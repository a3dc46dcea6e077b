/** After so many attempts the parcel goes back. */
export const MAX_ATTEMPTS = 3

/**
 * NONE is "not handed over by dispatch yet", RECALLED "cancelled before that"; neither is ever shown. A parcel that waits at the
 * courier's for another attempt is SCHEDULED again.
 */
export const DELIVERY_STATUSES = [
  'NONE',
  'RECALLED',
  'SCHEDULED',
  'OUT_FOR_DELIVERY',
  'ATTEMPT_FAILED',
  'DELIVERED',
  'RETURNING',
  'RETURNED',
  'LOST',
] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

export const SHOWN_STATUSES = DELIVERY_STATUSES.filter((status) => status !== 'NONE' && status !== 'RECALLED')
export type ShownStatus = (typeof SHOWN_STATUSES)[number]

export const DELIVERY_TRANSITIONS = {
  NONE: ['RECALLED', 'SCHEDULED'],
  RECALLED: ['SCHEDULED'],
  SCHEDULED: ['OUT_FOR_DELIVERY', 'RETURNING', 'LOST'],
  OUT_FOR_DELIVERY: ['DELIVERED', 'ATTEMPT_FAILED', 'LOST'],
  ATTEMPT_FAILED: ['SCHEDULED', 'OUT_FOR_DELIVERY', 'RETURNING', 'LOST'],
  // The customer may send it back.
  DELIVERED: ['RETURNING'],
  // A parcel that was called back may have reached the customer all the same.
  RETURNING: ['RETURNED', 'DELIVERED', 'LOST'],
  RETURNED: [],
  LOST: [],
} as const satisfies Record<DeliveryStatus, readonly DeliveryStatus[]>
