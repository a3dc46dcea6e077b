import type { EventData, Money } from '@stocker/contracts'
import { defineAggregate, reject } from '@stocker/cqrs'

/** NONE is "not listed" and is never shown. */
export const PRODUCT_STATUSES = ['NONE', 'LISTED'] as const
export type ProductStatus = (typeof PRODUCT_STATUSES)[number]

export const PRODUCT_TRANSITIONS = {
  NONE: ['LISTED'],
  LISTED: [],
} as const satisfies Record<ProductStatus, readonly ProductStatus[]>

/** With 100 lines of 1,000 pieces a cart's total is still an integer that JSON keeps exactly. */
export const MAX_PRICE = 1_000_000_000

export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: Money
}

export interface ProductState {
  readonly status: ProductStatus
  readonly product: Product | null
}

export type ProductEvents = {
  ProductListedEvent: EventData<'ProductListedEvent'>
  ProductPriceChangedEvent: EventData<'ProductPriceChangedEvent'>
}

export type ProductCommands = {
  /** Puts a product on sale. One that is on sale already stays as it is: its price may have been changed since. */
  ListProduct: Product
  ChangePrice: { readonly sku: string; readonly price: Money }
}

const refused = (sku: string, { amount, currency }: Money) =>
  Number.isInteger(amount) && amount >= 0 && amount <= MAX_PRICE
    ? null
    : reject(
        'PRICE_OUT_OF_RANGE',
        `the price of ${sku} must be whole minor units from 0 to ${MAX_PRICE}; it was ${amount} ${currency}`,
        { sku, amount },
      )

export const product = defineAggregate<ProductState, ProductCommands, ProductEvents>({
  name: 'product',
  initial: { status: 'NONE', product: null },
  decide: {
    ListProduct: (listing, { status }) =>
      refused(listing.sku, listing.price) ?? (status === 'NONE' ? [{ type: 'ProductListedEvent', data: listing }] : []),
    ChangePrice: ({ sku, price }, { product: listed }) => {
      if (listed === null) return reject('UNKNOWN_SKU', `the catalogue has no ${sku}`, { skus: [sku] })
      const { currency } = listed.price
      // Carts hold several products and are paid in one currency.
      if (price.currency !== currency)
        return reject('CURRENCY_CHANGED', `${sku} is sold in ${currency}; it cannot be priced in ${price.currency}`, {
          sku,
          currency,
        })
      const outOfRange = refused(sku, price)
      if (outOfRange !== null) return outOfRange
      if (price.amount === listed.price.amount) return []
      return [
        { type: 'ProductPriceChangedEvent', data: { sku, price } },
        // Compaction keeps the last record of a sku, and a price alone does not tell the product.
        { type: 'ProductListedEvent', data: { ...listed, price } },
      ]
    },
  },
  evolve: {
    ProductListedEvent: (_, listed) => ({ status: 'LISTED', product: listed }),
    ProductPriceChangedEvent: (state, { price }) => ({
      ...state,
      product: state.product === null ? null : { ...state.product, price },
    }),
  },
})
