import type { Scenario } from '@stocker/platform'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'cart-to-delivery',
  description: 'A customer fills a cart, checks out, and gets the goods at the prices of the catalogue',

  async run(context) {
    const shop = openShop(context)
    const [first, second] = await shop.products()
    if (first === undefined || second === undefined) throw new Error('the catalogue has fewer than two products')

    const cartId = await shop.createCart('demo')
    await shop.addItem(cartId, { sku: first.sku, quantity: 2 })
    await shop.addItem(cartId, { sku: second.sku, quantity: 1 })
    const orderId = await shop.checkOut(cartId)
    const order = await shop.until(orderId, 'DELIVERED')

    const expected = 2 * first.price.amount + second.price.amount
    if (order.total.amount !== expected) {
      throw new Error(`order ${orderId} costs ${order.total.amount} instead of the catalogue's ${expected}`)
    }
  },
}
