import type { Cart, SHOWN_STATUSES } from './cart.ts'
import type { CartLine } from './pricing.ts'
import { samePrice, totalOf } from './pricing.ts'
import type { Product } from './product.ts'

/** As the catalogue has it now. `priceChanged` until the customer has acknowledged the price. */
const lineOfToday = ({ seenPrice, ...line }: CartLine, products: ReadonlyMap<string, Product>) => {
  const listed = products.get(line.sku)
  const unitPrice = listed?.price ?? line.unitPrice
  return {
    ...line,
    unitPrice,
    ...(samePrice(seenPrice, unitPrice) ? {} : { priceChanged: { old: seenPrice, new: unitPrice } }),
    ...(listed === undefined ? { delisted: true } : {}),
  }
}

const statusOf = ({ status, checkout }: Cart): (typeof SHOWN_STATUSES)[number] => {
  if (checkout !== null) return 'CHECKED_OUT'
  return status === 'EXPIRED' ? 'EXPIRED' : 'OPEN'
}

const shownLines = ({ status, lines, checkout }: Cart, products: ReadonlyMap<string, Product>) => {
  if (checkout !== null) return checkout.lines
  if (status === 'EXPIRED') return lines.map(({ seenPrice, ...line }) => ({ ...line, unitPrice: seenPrice }))
  return lines.map((line) => lineOfToday(line, products))
}

/** A cart as its customer sees it: at the catalogue's prices of now while it is open, then at those of its order or of its end. */
export const cartView = (cart: Cart, products: ReadonlyMap<string, Product>) => {
  const { cartId, customerId, checkout } = cart
  const lines = shownLines(cart, products)
  const total = totalOf(lines)
  return {
    cartId,
    customerId,
    status: statusOf(cart),
    lines: [...lines],
    ...(total === null ? {} : { total }),
    ...(checkout === null ? {} : { orderId: checkout.orderId }),
  }
}
