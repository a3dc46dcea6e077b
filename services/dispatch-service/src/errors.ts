import { defineProblems } from '@stocker/service-kit'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  INSUFFICIENT_STOCK: { status: 409, title: 'There are not so many pieces to take away' },
  STOCK_NOT_FOUND: { status: 404, title: 'No stock of this SKU was ever recorded' },
  DISPATCH_NOT_FOUND: {
    status: 404,
    title: 'There is no dispatch for this order',
    hint: 'A dispatch exists as soon as this service has read the OrderCreatedEvent; ask again in a moment.',
  },
})
