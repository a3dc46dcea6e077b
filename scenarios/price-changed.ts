import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { refusal } from './shop/http.ts'
import type { Product } from './shop/shop.ts'
import { describePrice, openShop } from './shop/shop.ts'

interface Change {
  readonly old: Product['price']
  readonly new: Product['price']
}

interface PriceChanged {
  readonly lines: readonly (Change & { readonly sku: string })[]
  readonly total: Change
}

const EUR = (amount: number) => ({ amount, currency: 'EUR' })

export const scenario: Scenario = {
  name: 'price-changed',
  description: 'A price goes up while a customer shops: the checkout says so, and orders when the customer agrees',

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const sku = await office.launch('moka-pot', 2_900, 10)

    const cartId = await shop.createCart('demo')
    await shop.addItem(cartId, { sku, quantity: 2 })
    await office.changePrice(sku, 3_400)

    const { lines, total } = await refusal<PriceChanged>('PRICE_CHANGED', shop.checkOut(cartId))
    expectThat('what changed', lines, [{ sku, old: EUR(2_900), new: EUR(3_400) }])
    expectThat('the total', total, { old: EUR(5_800), new: EUR(6_800) })
    context.log(`is told: ${describePrice(total.new)} instead of ${describePrice(total.old)}, and agrees`)

    const orderId = await shop.checkOut(cartId, {}, total.new)
    const order = await shop.until(orderId, 'DELIVERED')
    expectThat(`the total of order ${orderId}`, order.total, total.new)
  },
}
