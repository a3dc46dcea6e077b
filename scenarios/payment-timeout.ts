import type { Scenario } from '@stocker/platform'
import pg from 'pg'
import { expectThat, openBackOffice } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

const ORDERS = 3

export const scenario: Scenario = {
  name: 'payment-timeout',
  description: "The gateway's answers are lost: its webhook tells what it did, and each customer is charged once",

  async run(context) {
    const shop = openShop(context)
    const office = openBackOffice(context)
    const [product] = await shop.products()
    if (product === undefined) throw new Error('the catalogue is empty')
    const orderIds: string[] = []
    for (let n = 0; n < ORDERS; n += 1)
      orderIds.push(
        await shop.placeOrder(`customer-${n}`, [{ sku: product.sku, quantity: 1 }], { paymentToken: 'tok_timeout' }),
      )
    for (const orderId of orderIds) {
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
    }
    const reported = await reportsOwed(gatewayDatabase(context.servers().postgres), orderIds)
    expectThat('orders that the gateway has reported', reported, ORDERS)
  },
}

const gatewayDatabase = (server: string): string => {
  const url = new URL(server)
  url.pathname = '/gateway'
  return url.href
}

/** For how many of the orders the gateway owed a report: it knows that its answer did not arrive. */
const reportsOwed = async (database: string, orderIds: readonly string[]): Promise<number> => {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from webhook_messages where subject = any($1)', [orderIds])
    return rowCount ?? 0
  } finally {
    await client.end()
  }
}
