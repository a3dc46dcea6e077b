import type { Scenario } from '@stocker/platform'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'happy-path',
  description: 'An order is placed through the API, paid, dispatched and delivered',

  async run(context) {
    const shop = openShop(context)
    const [product] = await shop.products()
    if (product === undefined) throw new Error('the catalogue is empty')

    const orderId = await shop.placeOrder('demo', [{ sku: product.sku, quantity: 1 }])
    const order = await shop.until(orderId, 'DELIVERED')

    if (order.total.amount !== product.price.amount) {
      throw new Error(`order ${orderId} costs ${order.total.amount} instead of the catalogue's ${product.price.amount}`)
    }
  },
}
