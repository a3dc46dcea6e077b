import { defineProblems } from '@stocker/service-kit'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  DELIVERY_NOT_FOUND: {
    status: 404,
    title: 'There is no delivery of this order',
    hint: 'A delivery exists as soon as this service has read the OrderDispatchedEvent; ask again in a moment.',
  },
  OUTCOME_NOT_SUPPORTED: {
    status: 422,
    title: 'This outcome of an attempt cannot be recorded',
    hint: 'Send {"outcome": "DELIVERED", "receivedBy": "<name>"}.',
  },
  RECEIVER_MISSING: {
    status: 422,
    title: 'A delivery needs the name of the person who took the parcel',
    hint: 'Send `receivedBy`.',
  },
  ALREADY_DELIVERED: { status: 409, title: 'The parcel was handed over before' },
})
