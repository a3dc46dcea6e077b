import type { EventData } from '@stocker/contracts'
import type { Rejection } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { Product } from './catalogue.ts'

export interface RequestedLine {
  readonly sku: string
  readonly quantity: number
}

export type PricedOrder = Pick<EventData<'OrderCreatedEvent'>, 'lines' | 'total'>

/** Puts the catalogue's prices on the lines that were asked for. Amounts are integers in the currency's minor unit. */
export const priceLines = (
  requested: readonly RequestedLine[],
  products: ReadonlyMap<string, Product>,
): PricedOrder | Rejection => {
  const unknown = requested.filter(({ sku }) => !products.has(sku)).map(({ sku }) => sku)
  if (unknown.length > 0)
    return reject('UNKNOWN_SKU', `the catalogue has no ${unknown.join(', ')}`, { skus: [...new Set(unknown)] })
  const lines = requested.flatMap(({ sku, quantity }) => {
    const product = products.get(sku)
    return product === undefined ? [] : [{ sku, name: product.name, quantity, unitPrice: product.price }]
  })
  const currencies = [...new Set(lines.map(({ unitPrice }) => unitPrice.currency))]
  const [currency] = currencies
  if (currency === undefined || currencies.length > 1)
    return reject('MIXED_CURRENCIES', `one order is paid in one currency; these lines have ${currencies.join(', ')}`, {
      currencies,
    })
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0)
  return { lines, total: { amount, currency } }
}
