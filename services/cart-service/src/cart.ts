import type { Address, EventData, Money } from '@stocker/contracts'
import type { Decision, EventPlace, Owners } from '@stocker/cqrs'
import { defineAggregate, isRejection, reject } from '@stocker/cqrs'
import type { CartLine } from './pricing.ts'
import { priceChanged, reprice, samePrice, totalOf } from './pricing.ts'
import type { Product } from './product.ts'

/** What customers see of their carts. */
export const SHOWN_STATUSES = ['OPEN', 'CHECKED_OUT', 'EXPIRED'] as const
/** NONE is "not created yet". */
export const CART_STATUSES = ['NONE', ...SHOWN_STATUSES] as const
export type CartStatus = (typeof CART_STATUSES)[number]

export const CART_TRANSITIONS = {
  NONE: ['OPEN'],
  OPEN: ['CHECKED_OUT', 'EXPIRED'],
  CHECKED_OUT: [],
  EXPIRED: [],
} as const satisfies Record<CartStatus, readonly CartStatus[]>

export const CART_OWNERS = {
  NONE: { owner: 'the customer, who takes a cart' },
  OPEN: { deadline: 'Expire' },
} as const satisfies Owners<typeof CART_TRANSITIONS, keyof CartCommands>

/** Pieces of one product. */
export const MAX_QUANTITY = 1_000
/** Different products in one cart. */
export const MAX_LINES = 100

export type Checkout = EventData<'CartCheckedOutEvent'>

export interface Cart {
  readonly status: CartStatus
  readonly cartId: string
  readonly customerId: string
  readonly lines: readonly CartLine[]
  readonly checkout: Checkout | null
  /** When its customer last changed something. ISO 8601. */
  readonly touchedAt: string
}

export type CartEvents = {
  CartCreatedEvent: EventData<'CartCreatedEvent'>
  ItemAddedToCartEvent: EventData<'ItemAddedToCartEvent'>
  CartItemQuantityChangedEvent: EventData<'CartItemQuantityChangedEvent'>
  ItemRemovedFromCartEvent: EventData<'ItemRemovedFromCartEvent'>
  CartClearedEvent: EventData<'CartClearedEvent'>
  CartExpiredEvent: EventData<'CartExpiredEvent'>
  CartCheckedOutEvent: Checkout
  /** Private: the catalogue changed the price of a product that is in the cart. */
  ItemPriceChanged: { readonly cartId: string; readonly sku: string; readonly old: Money; readonly new: Money }
}

export type CartCommands = {
  Create: { readonly cartId: string; readonly customerId: string }
  /** Adds to the pieces that are in the cart already. */
  AddItem: { readonly cartId: string; readonly product: Product; readonly quantity: number }
  ChangeQuantity: { readonly cartId: string; readonly sku: string; readonly quantity: number }
  RemoveItem: { readonly cartId: string; readonly sku: string }
  Clear: { readonly cartId: string }
  /**
   * Freezes the prices that `products`, the catalogue of now, has for the cart's lines. Refused where the customer expects another
   * total or, if they do not say what they expect, where they have not seen the price of a line.
   */
  Checkout: {
    readonly cartId: string
    readonly orderId: string
    readonly shippingAddress: Address
    readonly paymentToken: string
    readonly products: ReadonlyMap<string, Product>
    readonly expectedTotal?: Money | undefined
  }
  /** The catalogue now has this price; no matter to a cart that does not hold the product, or is closed. */
  FollowPrice: { readonly cartId: string; readonly sku: string; readonly price: Money }
  Expire: { readonly cartId: string }
}

export type CartRejection =
  | 'CART_NOT_FOUND'
  | 'CART_CLOSED'
  | 'CART_EXPIRED'
  | 'CART_EMPTY'
  | 'ITEM_NOT_IN_CART'
  | 'QUANTITY_OUT_OF_RANGE'
  | 'TOO_MANY_LINES'
  | 'MIXED_CURRENCIES'
  | 'UNKNOWN_SKU'
  | 'PRICE_CHANGED'

type CartDecision = Decision<CartEvents, CartRejection>

/** Rejects for every cart that can no longer be changed. */
const whenOpen = (cartId: string, state: Cart, decide: () => CartDecision): CartDecision => {
  if (state.status === 'NONE') return reject('CART_NOT_FOUND', `there is no cart ${cartId}`, { cartId })
  if (state.status === 'EXPIRED')
    return reject('CART_EXPIRED', `cart ${cartId} expired, because nobody had touched it since ${state.touchedAt}`, {
      cartId,
    })
  if (state.checkout === null) return decide()
  const { orderId } = state.checkout
  return reject('CART_CLOSED', `cart ${cartId} was checked out as order ${orderId}`, { cartId, orderId })
}

const lineOf = (state: Cart, sku: string): CartLine | undefined => state.lines.find((line) => line.sku === sku)

const quantityRefused = (sku: string, quantity: number) =>
  Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY
    ? null
    : reject(
        'QUANTITY_OUT_OF_RANGE',
        `a cart holds 1 to ${MAX_QUANTITY} whole pieces of a product; it would be ${quantity} of ${sku}`,
        { sku, quantity, max: MAX_QUANTITY },
      )

/** After a change by its customer, who then has seen every price that the cart knows. */
const touched = (state: Cart, lines: readonly CartLine[], { occurredAt }: EventPlace): Cart => ({
  ...state,
  touchedAt: occurredAt,
  lines: lines.map((line) => ({ ...line, seenPrice: line.unitPrice })),
})

const replaced = (lines: readonly CartLine[], line: CartLine): readonly CartLine[] =>
  lines.map((old) => (old.sku === line.sku ? line : old))

/**
 * A cart that expires when its customer has not touched it for `expiresAfterMs`. The time may be another one after a restart: it is
 * no part of the state.
 */
export const defineCart = (expiresAfterMs: number) =>
  defineAggregate<Cart, CartCommands, CartEvents, CartRejection>({
    name: 'cart',
    initial: { status: 'NONE', cartId: '', customerId: '', lines: [], checkout: null, touchedAt: '' },
    decide: {
      Create: (creation, { status }) => (status === 'NONE' ? [{ type: 'CartCreatedEvent', data: creation }] : []),

      AddItem: ({ cartId, product: { sku, name, price }, quantity }, state) =>
        whenOpen(cartId, state, () => {
          const present = lineOf(state, sku)
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
              { currencies: [currency, price.currency] },
            )
          return [{ type: 'ItemAddedToCartEvent', data: { cartId, sku, name, quantity, unitPrice: price } }]
        }),

      ChangeQuantity: ({ cartId, sku, quantity }, state) =>
        whenOpen(cartId, state, () => {
          const present = lineOf(state, sku)
          if (present === undefined)
            return reject('ITEM_NOT_IN_CART', `cart ${cartId} holds no ${sku}: add it first`, { cartId, sku })
          const refused = quantityRefused(sku, quantity)
          if (refused !== null) return refused
          if (present.quantity === quantity) return []
          return [{ type: 'CartItemQuantityChangedEvent', data: { cartId, sku, quantity } }]
        }),

      RemoveItem: ({ cartId, sku }, state) =>
        whenOpen(cartId, state, () =>
          lineOf(state, sku) === undefined ? [] : [{ type: 'ItemRemovedFromCartEvent', data: { cartId, sku } }],
        ),

      Clear: ({ cartId }, state) =>
        whenOpen(cartId, state, () => (state.lines.length > 0 ? [{ type: 'CartClearedEvent', data: { cartId } }] : [])),

      Checkout: ({ cartId, orderId, shippingAddress, paymentToken, products, expectedTotal }, state) =>
        whenOpen(cartId, state, () => {
          const lines = reprice(state.lines, products)
          if (isRejection(lines)) return lines
          const total = totalOf(lines)
          if (total === null)
            return reject('CART_EMPTY', `cart ${cartId} is empty: there is nothing to order`, { cartId })
          const changed = priceChanged(cartId, state.lines, lines, expectedTotal)
          if (changed !== null) return changed
          const { customerId } = state
          return [
            {
              type: 'CartCheckedOutEvent',
              data: { cartId, orderId, customerId, lines, total, shippingAddress, paymentToken },
            },
          ]
        }),

      FollowPrice: ({ cartId, sku, price }, state) => {
        const present = state.status === 'OPEN' ? lineOf(state, sku) : undefined
        if (present === undefined || samePrice(present.unitPrice, price)) return []
        return [{ type: 'ItemPriceChanged', data: { cartId, sku, old: present.unitPrice, new: price } }]
      },

      Expire: ({ cartId }, { status }) => (status === 'OPEN' ? [{ type: 'CartExpiredEvent', data: { cartId } }] : []),
    },
    evolve: {
      CartCreatedEvent: (state, { cartId, customerId }, at) =>
        touched({ ...state, status: 'OPEN', cartId, customerId }, [], at),
      ItemAddedToCartEvent: (state, { sku, name, quantity, unitPrice }, at) => {
        const present = lineOf(state, sku)
        const line = { sku, name, quantity: quantity + (present?.quantity ?? 0), unitPrice, seenPrice: unitPrice }
        return touched(state, present === undefined ? [...state.lines, line] : replaced(state.lines, line), at)
      },
      CartItemQuantityChangedEvent: (state, { sku, quantity }, at) =>
        touched(
          state,
          state.lines.map((line) => (line.sku === sku ? { ...line, quantity } : line)),
          at,
        ),
      ItemRemovedFromCartEvent: (state, { sku }, at) =>
        touched(
          state,
          state.lines.filter((line) => line.sku !== sku),
          at,
        ),
      CartClearedEvent: (state, _, at) => touched(state, [], at),
      CartExpiredEvent: (state) => ({ ...state, status: 'EXPIRED' }),
      CartCheckedOutEvent: (state, checkout) => ({ ...state, status: 'CHECKED_OUT', checkout }),
      ItemPriceChanged: (state, { sku, new: unitPrice }) => ({
        ...state,
        lines: state.lines.map((line) => (line.sku === sku ? { ...line, unitPrice } : line)),
      }),
    },
    deadlines: ({ status, cartId, touchedAt }) =>
      status === 'OPEN'
        ? { Expire: { at: new Date(Date.parse(touchedAt) + expiresAfterMs).toISOString(), data: { cartId } } }
        : {},
  })

export type CartAggregate = ReturnType<typeof defineCart>
