import type { EventData, Money } from '@stocker/contracts'
import type { Decision, Owners } from '@stocker/cqrs'
import { defineAggregate, reject } from '@stocker/cqrs'

/** NONE is "never listed" and is never shown. */
export const PRODUCT_STATUSES = ['NONE', 'LISTED', 'DELISTED'] as const
export type ProductStatus = (typeof PRODUCT_STATUSES)[number]

export const PRODUCT_TRANSITIONS = {
  NONE: ['LISTED'],
  LISTED: ['DELISTED'],
  DELISTED: ['LISTED'],
} as const satisfies Record<ProductStatus, readonly ProductStatus[]>

export const PRODUCT_OWNERS = {
  NONE: { owner: 'the shop, which lists it' },
  LISTED: { owner: 'the shop: a product may be on sale for ever' },
  DELISTED: { owner: 'the shop: a product may stay off sale for ever' },
} as const satisfies Owners<typeof PRODUCT_TRANSITIONS>

/** With 100 lines of 1,000 pieces a cart's total is still an integer that JSON keeps exactly. */
export const MAX_PRICE = 1_000_000_000

export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: Money
}

export interface ProductState {
  readonly status: ProductStatus
  /** Also of a product that is no longer on sale: as it was at last. */
  readonly product: Product | null
}

export type ProductEvents = {
  ProductListedEvent: EventData<'ProductListedEvent'>
  ProductPriceChangedEvent: EventData<'ProductPriceChangedEvent'>
  ProductDelistedEvent: EventData<'ProductDelistedEvent'>
}

export type ProductCommands = {
  /** Puts a product on sale that never was: what the shop has changed or taken off sale since stays so. */
  ListProduct: Product
  /** Puts a product on sale, or gives one that is on sale this name and price. */
  PutProduct: Product
  ChangePrice: { readonly sku: string; readonly price: Money }
  Delist: { readonly sku: string }
}

export type ProductRejection = 'PRODUCT_NOT_FOUND' | 'PRICE_OUT_OF_RANGE' | 'CURRENCY_CHANGED'

const notFound = (sku: string) => reject('PRODUCT_NOT_FOUND', `the catalogue has no ${sku}`, { sku })

/** Null for a price that the product may have. */
const refused = (sku: string, { amount, currency }: Money, before: Product | null) => {
  // Carts hold several products and are paid in one currency.
  if (before !== null && currency !== before.price.currency)
    return reject(
      'CURRENCY_CHANGED',
      `${sku} is sold in ${before.price.currency}; it cannot be priced in ${currency}`,
      { sku, currency: before.price.currency },
    )
  if (Number.isInteger(amount) && amount >= 0 && amount <= MAX_PRICE) return null
  return reject(
    'PRICE_OUT_OF_RANGE',
    `the price of ${sku} must be whole minor units from 0 to ${MAX_PRICE}; it was ${amount} ${currency}`,
    { sku, amount },
  )
}

/** What leads from one listing to another. */
const changed = (before: Product, after: Product): Decision<ProductEvents, ProductRejection> => {
  // Compaction keeps the last record of a sku, and a price alone does not tell the product.
  const listed = { type: 'ProductListedEvent', data: after } as const
  if (before.price.amount !== after.price.amount)
    return [{ type: 'ProductPriceChangedEvent', data: { sku: after.sku, price: after.price } }, listed]
  return before.name === after.name ? [] : [listed]
}

export const product = defineAggregate<ProductState, ProductCommands, ProductEvents, ProductRejection>({
  name: 'product',
  initial: { status: 'NONE', product: null },
  decide: {
    ListProduct: (listing, { status }) =>
      refused(listing.sku, listing.price, null) ??
      (status === 'NONE' ? [{ type: 'ProductListedEvent', data: listing }] : []),
    PutProduct: (listing, { status, product: before }) =>
      refused(listing.sku, listing.price, before) ??
      (status === 'LISTED' && before !== null
        ? changed(before, listing)
        : [{ type: 'ProductListedEvent', data: listing }]),
    ChangePrice: ({ sku, price }, { status, product: before }) => {
      if (status !== 'LISTED' || before === null) return notFound(sku)
      return refused(sku, price, before) ?? changed(before, { ...before, price })
    },
    Delist: ({ sku }, { status }) => {
      if (status === 'NONE') return notFound(sku)
      return status === 'LISTED' ? [{ type: 'ProductDelistedEvent', data: { sku } }] : []
    },
  },
  evolve: {
    ProductListedEvent: (_, listed) => ({ status: 'LISTED', product: listed }),
    ProductPriceChangedEvent: (state, { price }) => ({
      ...state,
      product: state.product === null ? null : { ...state.product, price },
    }),
    ProductDelistedEvent: (state) => ({ ...state, status: 'DELISTED' }),
  },
})
