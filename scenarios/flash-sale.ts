import type { Scenario } from '@stocker/platform'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openCrowd } from './shop/crowd.ts'

const ORDERS = 1_000
const PIECES = 100
const PRICE = 4_900

export const scenario: Scenario = {
  name: 'flash-sale',
  description: `${ORDERS} orders at once for ${PIECES} pieces: each piece is sold once, and nobody pays for nothing`,

  async run(context) {
    const office = openBackOffice(context)
    const crowd = openCrowd(context)
    const sku = await office.launch('limited-print', PRICE, PIECES)
    await crowd.gathers(sku)

    await crowd.orders({ sku, quantity: 1 }, ORDERS)
    const orders = await crowd.settles()
    const [last] = orders.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))
    if (last !== undefined) context.reached(last.orderId, last.status, last.updatedAt)
    const delivered = orders.filter(({ status }) => status === 'DELIVERED')
    const cancelled = orders.filter(({ status }) => status === 'CANCELLED')
    context.log(`${delivered.length} get it, ${cancelled.length} do not`)

    expectThat('the number of orders', orders.length, ORDERS)
    expectThat('the number of orders delivered', delivered.length, PIECES)
    expectThat('the number of orders cancelled', cancelled.length, ORDERS - PIECES)
    await office.stockOnce(sku, { onHand: 0, reserved: 0, available: 0 })
    await Promise.all(
      orders.map(async ({ orderId, status }) => {
        const got = status === 'DELIVERED'
        const { captured, refunded } = await office.paymentOnce(orderId, got ? 'CAPTURED' : 'VOIDED')
        const charged = (captured?.amount ?? 0) - (refunded?.amount ?? 0)
        expectThat(`what order ${orderId} was charged`, charged, got ? PRICE : 0)
      }),
    )
    context.log(`${delivered.length} pay for it, nobody else does`)
  },
}
