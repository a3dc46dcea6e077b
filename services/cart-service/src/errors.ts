import { defineProblems } from '@stocker/service-kit'
import { MAX_LINES, MAX_QUANTITY } from './cart.ts'

/** What this service answers instead of what was asked for. */
export const problems = defineProblems({
  PRODUCT_NOT_FOUND: { status: 404, title: 'There is no such product', hint: 'GET /api/products lists them.' },
  CART_NOT_FOUND: { status: 404, title: 'There is no such cart', hint: 'Create one with POST /api/carts.' },
  ITEM_NOT_IN_CART: {
    status: 404,
    title: 'The product is not in the cart',
    hint: 'Add it with POST /api/carts/{id}/items.',
  },
  UNKNOWN_SKU: { status: 422, title: 'The catalogue has no such product', hint: 'GET /api/products lists them.' },
  PRICE_OUT_OF_RANGE: { status: 422, title: 'The price is not one that the catalogue can have' },
  CURRENCY_CHANGED: {
    status: 409,
    title: 'A product stays in its currency',
    hint: 'List it under another sku to sell it in another currency.',
  },
  BAD_CURSOR: { status: 400, title: 'The place in the list is not usable' },
  QUANTITY_OUT_OF_RANGE: {
    status: 422,
    title: 'The cart cannot hold so many pieces of one product',
    hint: `A product can be in a cart up to ${MAX_QUANTITY} times, all additions together.`,
  },
  TOO_MANY_LINES: {
    status: 422,
    title: 'The cart cannot hold more products',
    hint: `A cart holds up to ${MAX_LINES} different products; order the rest with another one.`,
  },
  MIXED_CURRENCIES: { status: 422, title: 'A cart is paid in one currency' },
  CART_EMPTY: { status: 409, title: 'There is nothing in the cart to order' },
  PRICE_CHANGED: {
    status: 409,
    title: 'The cart costs something else than its customer thinks',
    hint: 'Show `lines` and `total`, and repeat the checkout with `expectedTotal` set to the new total.',
  },
  CART_EXPIRED: {
    status: 409,
    title: 'The cart expired, because nobody had touched it for long',
    hint: 'Nothing of it was ordered. Create a new cart.',
  },
  CART_CLOSED: {
    status: 409,
    title: 'The cart was checked out',
    hint: '`orderId` names the order that it became. Create a new cart for further products.',
  },
})
