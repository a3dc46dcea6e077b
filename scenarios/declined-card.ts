import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'declined-card',
  description:
    'The gateway declines the card: the order is cancelled, the pieces are free again and nothing is charged',

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const sku = await office.launch('kettle', 3_900, 5)
    for (const paymentToken of ['tok_declined', 'tok_insufficient_funds']) {
      const orderId = await shop.placeOrder('demo', [{ sku, quantity: 2 }], { paymentToken })
      await shop.until(orderId, 'CANCELLED')
      const payment = await office.paymentOnce(orderId, 'FAILED')
      expectThat(`what was moved for order ${orderId}`, payment.movements, [])
    }
    await office.stockOnce(sku, { onHand: 5, reserved: 0, available: 5 })
  },
}
