import { defineProblems } from '@stocker/service-kit'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  PAYMENT_NOT_FOUND: {
    status: 404,
    title: 'There is no payment of this order',
    hint: 'A payment exists as soon as this service has read the OrderCreatedEvent; ask again in a moment.',
  },
  NOTHING_TO_REFUND: {
    status: 409,
    title: 'There is no money that could be given back',
    hint: 'GET /api/payments/{orderId} shows what was captured and refunded. What was never captured is voided, not refunded.',
  },
  REFUND_EXCEEDS_CAPTURED: {
    status: 422,
    title: 'That is more than is left of what was taken',
    hint: '`left` says how much it is. Leave `amount` out to give back all of it.',
  },
  CURRENCY_MISMATCH: { status: 422, title: 'The order was paid in another currency' },
  MOVEMENT_UNDER_WAY: {
    status: 409,
    title: 'Another movement of this money is not finished',
    hint: 'Ask again when GET /api/payments/{orderId} shows that it is. A refund that was refused is asked for again first.',
  },
  UNKNOWN_CALL: {
    status: 404,
    title: 'The report is of a call that the gateway was never asked for',
    hint: 'Send `idempotencyKey` and `orderId` as they came with the call.',
  },
  PAYMENT_NOT_REQUESTED: { status: 404, title: 'No payment of this order was asked for' },
  CONTRADICTORY_ANSWER: {
    status: 409,
    title: 'The report contradicts what is recorded of this payment',
    hint: "Nothing was changed. Compare GET /api/payments/{orderId} with the gateway's ledger.",
  },
  OTHER_AMOUNT: {
    status: 409,
    title: 'The report is of another amount than the one that was asked for',
    hint: "Nothing was changed. Compare GET /api/payments/{orderId} with the gateway's ledger.",
  },
  REFUND_NOT_FAILED: { status: 409, title: 'No refund of this payment was refused' },
})
