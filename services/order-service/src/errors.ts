import { defineProblems } from '@stocker/service-kit'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  UNKNOWN_SKU: {
    status: 422,
    title: 'A product is not in the catalogue',
    hint: 'GET /api/products of the cart service lists them.',
  },
  MIXED_CURRENCIES: { status: 422, title: 'The lines are priced in several currencies' },
  PRICE_CHANGED: {
    status: 409,
    title: 'The total is another one than the customer was shown',
    hint: 'Show `new` to the customer, and order again with it as expectedTotal. Nothing was ordered.',
  },
  ORDER_NOT_FOUND: { status: 404, title: 'There is no such order' },
  NOT_CANCELLABLE: {
    status: 409,
    title: 'The order can no longer be cancelled',
    hint: 'Return it after its delivery with POST /api/orders/{id}/return.',
  },
  NOT_RETURNABLE: {
    status: 409,
    title: 'There is nothing to return',
    hint: 'An order can be returned when it is DELIVERED; before that, cancel it.',
  },
  BAD_TIMEOUT: { status: 400, title: 'The timeout is not usable' },
  BAD_CURSOR: { status: 400, title: 'The place in the list is not usable' },
})
