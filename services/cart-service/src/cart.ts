import type { Address, EventData, OrderLine } from '@stocker/contracts'
import type { Decision } from '@stocker/cqrs'
import { defineAggregate, isRejection, reject } from '@stocker/cqrs'
import { reprice, totalOf } from './pricing.ts'
import type { Product } from './product.ts'

/** NONE is "not created yet" and is never shown. */
export const CART_STATUSES = ['NONE', 'OPEN', 'CHECKED_OUT'] as const
export type CartStatus = (typeof CART_STATUSES)[number]

/** OPEN is left by its customer. */
export const CART_TRANSITIONS = {
  NONE: ['OPEN'],
  OPEN: ['CHECKED_OUT'],
  CHECKED_OUT: [],
} as const satisfies Record<CartStatus, readonly CartStatus[]>

/** Pieces of one product. */
export const MAX_QUANTITY = 1_000
/** Different products in one cart. */
export const MAX_LINES = 100

export type Checkout = EventData<'CartCheckedOutEvent'>

export interface Cart {
  readonly status: CartStatus
  readonly cartId: string
  readonly customerId: string
  /** At the prices of the moment at which each product was last added; the catalogue's are asked again at checkout. */
  readonly lines: readonly OrderLine[]
  readonly checkout: Checkout | null
}

export type CartEvents = {
  CartCreatedEvent: EventData<'CartCreatedEvent'>
  ItemAddedToCartEvent: EventData<'ItemAddedToCartEvent'>
  CartItemQuantityChangedEvent: EventData<'CartItemQuantityChangedEvent'>
  ItemRemovedFromCartEvent: EventData<'ItemRemovedFromCartEvent'>
  CartClearedEvent: EventData<'CartClearedEvent'>
  CartCheckedOutEvent: Checkout
}

export type CartCommands = {
  Create: { readonly cartId: string; readonly customerId: string }
  /** Adds to the pieces that are in the cart already. */
  AddItem: { readonly cartId: string; readonly product: Product; readonly quantity: number }
  ChangeQuantity: { readonly cartId: string; readonly sku: string; readonly quantity: number }
  RemoveItem: { readonly cartId: string; readonly sku: string }
  Clear: { readonly cartId: string }
  /** Freezes the prices that `products`, the catalogue of now, has for the cart's lines. */
  Checkout: {
    readonly cartId: string
    readonly orderId: string
    readonly shippingAddress: Address
    readonly paymentToken: string
    readonly products: ReadonlyMap<string, Product>
  }
}

/** Rejects for every cart that can no longer be changed. */
const whenOpen = (cartId: string, state: Cart, decide: () => Decision<CartEvents>): Decision<CartEvents> => {
  if (state.status === 'NONE') return reject('CART_NOT_FOUND', `there is no cart ${cartId}`, { cartId })
  if (state.checkout === null) return decide()
  const { orderId } = state.checkout
  return reject('CART_CLOSED', `cart ${cartId} was checked out as order ${orderId}`, { cartId, orderId })
}

const quantityRefused = (sku: string, quantity: number) =>
  Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY
    ? null
    : reject(
        'QUANTITY_OUT_OF_RANGE',
        `a cart holds 1 to ${MAX_QUANTITY} whole pieces of a product; it would be ${quantity} of ${sku}`,
        { sku, quantity, max: MAX_QUANTITY },
      )

const withQuantity = (state: Cart, sku: string, quantity: number): Cart => ({
  ...state,
  lines: state.lines.map((line) => (line.sku === sku ? { ...line, quantity } : line)),
})

export const cart = defineAggregate<Cart, CartCommands, CartEvents>({
  name: 'cart',
  initial: { status: 'NONE', cartId: '', customerId: '', lines: [], checkout: null },
  decide: {
    Create: (creation, { status }) => (status === 'NONE' ? [{ type: 'CartCreatedEvent', data: creation }] : []),

    AddItem: ({ cartId, product: { sku, name, price }, quantity }, state) =>
      whenOpen(cartId, state, () => {
        const present = state.lines.find((line) => line.sku === sku)
        // The pieces alone are checked too: a negative number must not pass for being small together with what is there.
        const refused = quantityRefused(sku, quantity) ?? quantityRefused(sku, quantity + (present?.quantity ?? 0))
        if (refused !== null) return refused
        if (present === undefined && state.lines.length >= MAX_LINES)
          return reject('TOO_MANY_LINES', `cart ${cartId} holds ${MAX_LINES} products already`, { max: MAX_LINES })
        const currency = state.lines[0]?.unitPrice.currency ?? price.currency
        if (price.currency !== currency)
          return reject(
            'MIXED_CURRENCIES',
            `cart ${cartId} is paid in ${currency}; ${sku} is sold in ${price.currency}`,
            {
              currencies: [currency, price.currency],
            },
          )
        return [{ type: 'ItemAddedToCartEvent', data: { cartId, sku, name, quantity, unitPrice: price } }]
      }),

    ChangeQuantity: ({ cartId, sku, quantity }, state) =>
      whenOpen(cartId, state, () => {
        const present = state.lines.find((line) => line.sku === sku)
        if (present === undefined)
          return reject('ITEM_NOT_IN_CART', `cart ${cartId} holds no ${sku}: add it first`, { cartId, sku })
        const refused = quantityRefused(sku, quantity)
        if (refused !== null) return refused
        if (present.quantity === quantity) return []
        return [{ type: 'CartItemQuantityChangedEvent', data: { cartId, sku, quantity } }]
      }),

    RemoveItem: ({ cartId, sku }, state) =>
      whenOpen(cartId, state, () =>
        state.lines.some((line) => line.sku === sku)
          ? [{ type: 'ItemRemovedFromCartEvent', data: { cartId, sku } }]
          : [],
      ),

    Clear: ({ cartId }, state) =>
      whenOpen(cartId, state, () => (state.lines.length > 0 ? [{ type: 'CartClearedEvent', data: { cartId } }] : [])),

    Checkout: ({ cartId, orderId, shippingAddress, paymentToken, products }, state) =>
      whenOpen(cartId, state, () => {
        const lines = reprice(state.lines, products)
        if (isRejection(lines)) return lines
        const total = totalOf(lines)
        if (total === null)
          return reject('CART_EMPTY', `cart ${cartId} is empty: there is nothing to order`, { cartId })
        const { customerId } = state
        return [
          {
            type: 'CartCheckedOutEvent',
            data: { cartId, orderId, customerId, lines, total, shippingAddress, paymentToken },
          },
        ]
      }),
  },
  evolve: {
    CartCreatedEvent: (state, { cartId, customerId }) => ({ ...state, status: 'OPEN', cartId, customerId }),
    ItemAddedToCartEvent: (state, { sku, name, quantity, unitPrice }) => {
      const present = state.lines.find((line) => line.sku === sku)
      const line = { sku, name, quantity: quantity + (present?.quantity ?? 0), unitPrice }
      return {
        ...state,
        lines:
          present === undefined ? [...state.lines, line] : state.lines.map((old) => (old === present ? line : old)),
      }
    },
    CartItemQuantityChangedEvent: (state, { sku, quantity }) => withQuantity(state, sku, quantity),
    ItemRemovedFromCartEvent: (state, { sku }) => ({
      ...state,
      lines: state.lines.filter((line) => line.sku !== sku),
    }),
    CartClearedEvent: (state) => ({ ...state, lines: [] }),
    CartCheckedOutEvent: (state, checkout) => ({ ...state, status: 'CHECKED_OUT', lines: checkout.lines, checkout }),
  },
})
