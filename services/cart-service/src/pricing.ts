import type { Money, OrderLine } from '@stocker/contracts'
import type { Rejection } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { Product } from './product.ts'

/** The lines at the catalogue's prices of now. Rejects when the catalogue lacks one of them. */
export const reprice = (
  lines: readonly OrderLine[],
  products: ReadonlyMap<string, Product>,
): readonly OrderLine[] | Rejection => {
  const unknown = lines.filter(({ sku }) => !products.has(sku)).map(({ sku }) => sku)
  if (unknown.length > 0) return reject('UNKNOWN_SKU', `the catalogue has no ${unknown.join(', ')}`, { skus: unknown })
  return lines.map((line) => ({ ...line, unitPrice: products.get(line.sku)?.price ?? line.unitPrice }))
}

/** Sum of lines that are in one currency, as those of a cart are; null for no lines at all. */
export const totalOf = (lines: readonly OrderLine[]): Money | null => {
  const [first] = lines
  if (first === undefined) return null
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0)
  return { amount, currency: first.unitPrice.currency }
}
