import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'out-of-stock',
  description:
    'Too few pieces, before the payment is authorised and beside it: the order is cancelled, no money is kept',

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const sku = await office.launch('last-lamp', 8_900, 1)
    const sold = await shop.placeOrder('demo', [{ sku, quantity: 1 }])
    await shop.until(sold, 'DELIVERED')

    // The gateway takes its time: that the stock is too small is known long before its answer.
    const before = await shop.placeOrder('early', [{ sku, quantity: 1 }], { paymentToken: 'tok_timeout' })
    // Payment and stock answer at about the same time, either first.
    const beside = await shop.placeOrder('late', [{ sku, quantity: 1 }])
    for (const orderId of [beside, before]) {
      const order = await shop.until(orderId, 'CANCELLED')
      expectThat(`why order ${orderId} was cancelled`, order.history.at(-1)?.reason?.split(':')[0], 'OUT_OF_STOCK')
      const payment = await office.paymentOnce(orderId, 'VOIDED')
      expectThat(`what was taken for order ${orderId}`, payment.captured?.amount ?? 0, 0)
    }
    await office.stockOnce(sku, { onHand: 0, reserved: 0, available: 0 })
  },
}
