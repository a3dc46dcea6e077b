import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { Pool } from 'undici'

export interface OrderLoad {
  /** Places one order and gives its id. */
  place(): Promise<string>
  /** Waits until the order is DELIVERED and gives its status. */
  delivered(orderId: string): Promise<string>
  close(): Promise<void>
}

const SKUS = ['mug', 't-shirt', 'notebook', 'pen', 'backpack', 'lamp', 'poster']

const bodyOf = (n: number): string =>
  JSON.stringify({
    customerId: `customer-${n % 1000}`,
    lines: [{ sku: SKUS[n % SKUS.length], quantity: 1 + (n % 3) }],
    shippingAddress: {
      name: 'Ada Lovelace',
      line1: '12 St James Square',
      city: 'London',
      postalCode: 'SW1Y 4LE',
      country: 'GB',
    },
    paymentToken: 'tok_ok',
  })

export const connectOrders = (url: string, connections: number): OrderLoad => {
  const pool = new Pool(url, { connections, pipelining: 1 })
  let placed = 0
  return {
    place: async () => {
      const { statusCode, body } = await pool.request({
        path: '/api/orders',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodyOf(placed++),
      })
      const answer = await body.text()
      if (statusCode !== 202) throw new Error(`POST /api/orders answered ${statusCode}: ${answer}`)
      return (JSON.parse(answer) as { orderId: string }).orderId
    },
    delivered: async (orderId) => {
      const { body } = await pool.request({ path: `/api/orders/${orderId}?wait=DELIVERED&timeout=20s`, method: 'GET' })
      return ((await body.json()) as { status: string }).status
    },
    close: () => pool.close(),
  }
}

/** Watches the order service's list of orders, beside the API, so that watching costs the platform next to nothing. */
export const watchDelivered = async (databaseUrl: string) => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const count = async (): Promise<number> => {
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from orders where status = 'DELIVERED'",
    )
    return rows[0]?.n ?? 0
  }
  return {
    count,
    until: async (wanted: number, limitMs: number): Promise<void> => {
      const giveUpAt = performance.now() + limitMs
      for (;;) {
        const seen = await count()
        if (seen >= wanted) return
        if (performance.now() > giveUpAt) throw new Error(`${seen} of ${wanted} orders were delivered in ${limitMs} ms`)
        await delay(50)
      }
    },
    close: () => client.end(),
  }
}
