import { setTimeout as delay } from 'node:timers/promises'
import type { Scenario } from '@stocker/platform'
import pg from 'pg'
import { expectThat } from './shop/back-office.ts'
import { openShop } from './shop/shop.ts'

const DATABASE = 'payment'
const ORDERS = 20
const OUTAGE_MS = 3_000
const ORDER_EVERY_MS = OUTAGE_MS / ORDERS
const CIRCUIT_OPEN = 2

export const scenario: Scenario = {
  name: 'dependency-outage',
  description:
    'The database of the payment service is away for some seconds while customers order: every order is delivered',

  async run(context) {
    const shop = openShop(context)
    const [product] = await shop.products()
    if (product === undefined) throw new Error('the catalogue is empty')
    const metric = async (name: string): Promise<number> => {
      const answer = await fetch(`${context.url('payment-service')}/metrics`, { signal: context.signal })
      const values = [...(await answer.text()).matchAll(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'gm'))]
      return values.reduce((sum, [, value]) => sum + Number(value), 0)
    }
    const lettersBefore = await metric('event_listener_dead_letters_total')
    const server = new pg.Client({ connectionString: context.servers().postgres })
    await server.connect()
    const orderIds: string[] = []
    try {
      await server.query(`alter database ${DATABASE} allow_connections false`)
      await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [DATABASE])
      context.log(`the database ${DATABASE} takes no connections any more`)
      for (let n = 0; n < ORDERS; n++) {
        orderIds.push(await shop.placeOrder(`customer-${n}`, [{ sku: product.sku, quantity: 1 }]))
        await delay(ORDER_EVERY_MS)
      }
      expectThat(
        'the circuit of the payment service (2: open)',
        await metric('event_listener_circuit_state'),
        CIRCUIT_OPEN,
      )
      context.log('the payment service waits for it: it hands out nothing and counts no attempt')
    } finally {
      await server.query(`alter database ${DATABASE} allow_connections true`)
      await server.end()
    }
    context.log(`the database ${DATABASE} is there again`)
    for (const orderId of orderIds) await shop.until(orderId, 'DELIVERED')
    expectThat('new dead letters', (await metric('event_listener_dead_letters_total')) - lettersBefore, 0)
  },
}
