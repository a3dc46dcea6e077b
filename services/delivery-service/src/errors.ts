import { defineProblems } from '@stocker/service-kit'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  DELIVERY_NOT_FOUND: {
    status: 404,
    title: 'There is no delivery of this order',
    hint: 'A delivery exists as soon as this service has read the OrderDispatchedEvent; ask again in a moment.',
  },
  UNKNOWN_PARCEL: {
    status: 404,
    title: 'The order has another parcel',
    hint: 'Send the tracking number under which the parcel was handed over, or none.',
  },
  UNKNOWN_REQUEST: {
    status: 404,
    title: 'The courier was not asked for this',
    hint: 'Send the key that came with the request for this parcel as `idempotencyKey`, or none.',
  },
  OUTCOME_NOT_SUPPORTED: {
    status: 422,
    title: 'This outcome of an attempt cannot be recorded',
    hint: 'Send {"outcome": "DELIVERED", "receivedBy": "<name>"}, {"outcome": "FAILED", "reason": "ABSENT"}, or another outcome of /docs.',
  },
  RECEIVER_MISSING: {
    status: 422,
    title: 'A delivery needs the name of the person who took the parcel',
    hint: 'Send `receivedBy`.',
  },
  REASON_MISSING: {
    status: 422,
    title: 'A failed attempt needs its reason',
    hint: 'Send `reason`: ABSENT, REFUSED or BAD_ADDRESS.',
  },
  ALREADY_DELIVERED: { status: 409, title: 'The parcel was handed over before' },
  REPORT_OUT_OF_PLACE: {
    status: 409,
    title: 'That cannot happen to the parcel now',
    hint: 'GET /api/deliveries/{orderId} says where it is.',
  },
})
