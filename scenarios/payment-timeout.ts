import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

export const scenario: Scenario = {
  name: 'payment-timeout',
  description: "The gateway's answer is lost: it is asked again with the same key, and the customer is charged once",

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const [product] = await shop.products()
    if (product === undefined) throw new Error('the catalogue is empty')
    const orderId = await shop.placeOrder('demo', [{ sku: product.sku, quantity: 1 }], { paymentToken: 'tok_timeout' })
    await shop.until(orderId, 'DELIVERED')
    const payment = await office.paymentOnce(orderId, 'CAPTURED')
    expectThat(
      `what the gateway did for order ${orderId}`,
      payment.movements.map(({ kind, amount }) => [kind, amount.amount]),
      [
        ['AUTHORIZATION', product.price.amount],
        ['CAPTURE', product.price.amount],
      ],
    )
  },
}
