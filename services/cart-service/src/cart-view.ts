import type { Cart } from './cart.ts'
import { totalOf } from './pricing.ts'
import type { Product } from './product.ts'

/** A cart as its customer sees it: at the catalogue's prices of now until they are frozen by the checkout. */
export const cartView = ({ cartId, customerId, lines, checkout }: Cart, products: ReadonlyMap<string, Product>) => {
  const priced =
    checkout === null
      ? lines.map((line) => ({ ...line, unitPrice: products.get(line.sku)?.price ?? line.unitPrice }))
      : checkout.lines
  const total = totalOf(priced)
  return {
    cartId,
    customerId,
    status: checkout === null ? ('OPEN' as const) : ('CHECKED_OUT' as const),
    lines: [...priced],
    ...(total === null ? {} : { total }),
    ...(checkout === null ? {} : { orderId: checkout.orderId }),
  }
}
