import { defineProblems } from '@stocker/service-kit'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  PAYMENT_NOT_FOUND: {
    status: 404,
    title: 'There is no payment of this order',
    hint: 'A payment exists as soon as this service has read the OrderCreatedEvent; ask again in a moment.',
  },
})
