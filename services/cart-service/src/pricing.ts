import type { Money, OrderLine } from '@stocker/contracts'
import type { Rejection } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { Product } from './product.ts'

/** `unitPrice`: as the cart last heard it from the catalogue. The catalogue itself is asked again at checkout. */
export interface CartLine extends OrderLine {
  /** The price at which its customer last saw it; another one than `unitPrice` until they acknowledge the change. */
  readonly seenPrice: Money
}

export const samePrice = (a: Money, b: Money): boolean => a.amount === b.amount && a.currency === b.currency

/** The lines at the catalogue's prices of now. Rejects when the catalogue lacks one of them. */
export const reprice = (
  lines: readonly CartLine[],
  products: ReadonlyMap<string, Product>,
): readonly OrderLine[] | Rejection<'UNKNOWN_SKU'> => {
  const unknown = lines.filter(({ sku }) => !products.has(sku)).map(({ sku }) => sku)
  if (unknown.length > 0) return reject('UNKNOWN_SKU', `the catalogue has no ${unknown.join(', ')}`, { skus: unknown })
  return lines.map(({ sku, name, quantity, unitPrice }) => ({
    sku,
    name,
    quantity,
    unitPrice: products.get(sku)?.price ?? unitPrice,
  }))
}

/** Sum of lines that are in one currency, as those of a cart are; null for no lines at all. */
export const totalOf = (lines: readonly Pick<OrderLine, 'quantity' | 'unitPrice'>[]): Money | null => {
  const [first] = lines
  if (first === undefined) return null
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0)
  return { amount, currency: first.unitPrice.currency }
}

/**
 * The answer to a customer who would pay something else than they think: another total than they `expected` or, if they did not say
 * what they expect, another price of some line than they last saw. Null when they know what they pay.
 */
export const priceChanged = (
  cartId: string,
  seen: readonly CartLine[],
  now: readonly OrderLine[],
  expected: Money | undefined,
): Rejection<'PRICE_CHANGED'> | null => {
  const lines = now.flatMap(({ sku, unitPrice }, n) => {
    const old = seen[n]?.seenPrice ?? unitPrice
    return samePrice(old, unitPrice) ? [] : [{ sku, old, new: unitPrice }]
  })
  const total = totalOf(now)
  const old = expected ?? totalOf(seen.map(({ quantity, seenPrice }) => ({ quantity, unitPrice: seenPrice })))
  if (total === null || old === null) return null
  if (expected === undefined ? lines.length === 0 : samePrice(expected, total)) return null
  return reject(
    'PRICE_CHANGED',
    `cart ${cartId} costs ${total.amount} ${total.currency} (minor units) now, not ${old.amount} ${old.currency}`,
    { cartId, lines, total: { old, new: total } },
  )
}
