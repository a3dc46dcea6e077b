import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { Pool } from 'undici'

export interface PlacedOrder {
  readonly orderId: string
  /** Waits until it is DELIVERED and gives its status. */
  delivered(): Promise<string>
}

export interface OrderLoad {
  place(): Promise<PlacedOrder>
  close(): Promise<void>
}

const CUSTOMERS = 1_000
const customerOf = (n: number): string => `customer-${n % CUSTOMERS}`
const SKUS = ['mug', 't-shirt', 'notebook', 'pen', 'backpack', 'lamp', 'poster']

const bodyOf = (n: number): string =>
  JSON.stringify({
    customerId: customerOf(n),
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

/** `tokenOf`: gives a customer's token. */
export const connectOrders = async (
  url: string,
  connections: number,
  tokenOf: (customerId: string) => Promise<string>,
): Promise<OrderLoad> => {
  // Before the load: signing is the issuer's work.
  const authorizations = await Promise.all(
    Array.from({ length: CUSTOMERS }, async (_, n) => `Bearer ${await tokenOf(customerOf(n))}`),
  )
  const authorizationOf = (n: number): string => authorizations[n % CUSTOMERS] ?? ''
  const pool = new Pool(url, { connections, pipelining: 1 })
  const delivered = async (orderId: string, authorization: string): Promise<string> => {
    const { body } = await pool.request({
      path: `/api/orders/${orderId}?wait=DELIVERED&timeout=20s`,
      method: 'GET',
      headers: { authorization },
    })
    return ((await body.json()) as { status: string }).status
  }
  let placed = 0
  return {
    place: async () => {
      const n = placed++
      const { statusCode, body } = await pool.request({
        path: '/api/orders',
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: authorizationOf(n) },
        body: bodyOf(n),
      })
      const answer = await body.text()
      if (statusCode !== 202) throw new Error(`POST /api/orders answered ${statusCode}: ${answer}`)
      const { orderId } = JSON.parse(answer) as { orderId: string }
      return { orderId, delivered: () => delivered(orderId, authorizationOf(n)) }
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
