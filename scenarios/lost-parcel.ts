import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'lost-parcel',
  description: 'The courier loses the parcel: the customer gets the money back, the pieces are gone',

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const sku = await office.launch('vase', 5_900, 4)
    // A gateway that refuses the refund twice only delays it.
    for (const [paymentToken, left] of [
      ['tok_ok', 3],
      ['tok_refund_fails', 2],
    ] as const) {
      const orderId = await shop.placeOrder('demo', [{ sku, quantity: 1 }], { paymentToken, line1: '9 Bay Road lost' })
      const order = await shop.until(orderId, 'LOST')
      const payment = await office.paymentOnce(orderId, 'REFUNDED')
      expectThat(`what was given back for order ${orderId}`, payment.refunded?.amount, order.total.amount)
      await office.stockOnce(sku, { onHand: left, reserved: 0, available: left })
    }
  },
}
