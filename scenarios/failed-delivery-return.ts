import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'failed-delivery-return',
  description:
    'Nobody is at home, three times: the parcel comes back, its pieces into stock and the money to the customer',

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const sku = await office.launch('armchair', 24_900, 3)
    const orderId = await shop.placeOrder('demo', [{ sku, quantity: 1 }], { line1: '5 Long Road absent' })
    const order = await shop.until(orderId, 'RETURNED')
    const payment = await office.paymentOnce(orderId, 'REFUNDED')
    expectThat(`what was given back for order ${orderId}`, payment.refunded?.amount, order.total.amount)
    await office.stockOnce(sku, { onHand: 3, reserved: 0, available: 3 })

    const second = await shop.placeOrder('demo', [{ sku, quantity: 1 }], { line1: '5 Long Road absent once' })
    await shop.until(second, 'DELIVERED')
    await office.paymentOnce(second, 'CAPTURED')
    await office.stockOnce(sku, { onHand: 2, reserved: 0, available: 2 })
  },
}
