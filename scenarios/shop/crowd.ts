import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ScenarioContext } from '@stocker/platform'
import { openCallers } from './callers.ts'
import { call, refusal } from './http.ts'
import type { Line, Order } from './shop.ts'
import { ADDRESS, describeLines, ENDS } from './shop.ts'

export type OrderSummary = Pick<Order, 'orderId' | 'status' | 'total'> & { readonly updatedAt: string }

interface OrderPage {
  readonly orders: readonly OrderSummary[]
  readonly next?: string
}

const PAGE_SIZE = 200
const LOOK_EVERY_MS = 250

/** Many customers at the same moment. They share one customer number, by which their orders are found again. */
export function openCrowd(context: ScenarioContext) {
  const { signal } = context
  const customerId = `crowd-${randomUUID()}`
  const headersOf = openCallers((claims) => context.authorization(claims))
  const headers = () => headersOf({ customer: customerId })
  const url = (): string => `${context.url('order-service')}/api/orders`
  const order = (lines: readonly Line[]) => ({ customerId, lines, shippingAddress: ADDRESS, paymentToken: 'tok_ok' })

  const all = async (): Promise<readonly OrderSummary[]> => {
    const found: OrderSummary[] = []
    for (let after = ''; ; ) {
      const page = await call<OrderPage>('GET', `${url()}?customerId=${customerId}&limit=${PAGE_SIZE}${after}`, {
        headers: await headers(),
        signal,
      })
      found.push(...page.orders)
      if (page.next === undefined) return found
      after = `&after=${page.next}`
    }
  }

  return {
    /** Waits until a new product can be ordered: the order service hears of it a moment after the catalogue. */
    async gathers(sku: string): Promise<void> {
      // A line that nobody can order makes a question of this: the refusal names what the order service does not know.
      const question = order([sku, 'no-such-product'].map((wanted) => ({ sku: wanted, quantity: 1 })))
      for (;;) {
        const answer = call('POST', url(), { body: question, headers: await headers(), signal })
        const { skus } = await refusal<{ readonly skus: readonly string[] }>('UNKNOWN_SKU', answer)
        if (!skus.includes(sku)) return
        await delay(LOOK_EVERY_MS, undefined, { signal })
      }
    },

    /** Told as one; the first order is followed, for all of them. */
    async orders(line: Line, count: number): Promise<void> {
      const body = order([line])
      const authorization = await headers()
      context.begin()
      const placed = await Promise.all(
        Array.from({ length: count }, () =>
          call<{ orderId: string }>('POST', url(), {
            body,
            headers: { 'idempotency-key': randomUUID(), ...authorization },
            signal,
          }),
        ),
      )
      for (const { orderId } of placed.slice(0, 1)) context.follow(orderId)
      context.log(`${count} customers order ${describeLines([line])} at once`)
    },

    /** All orders once nothing more happens to any of them. */
    async settles(): Promise<readonly OrderSummary[]> {
      for (;;) {
        const orders = await all()
        if (orders.every(({ status }) => ENDS.has(status))) return orders
        await delay(LOOK_EVERY_MS, undefined, { signal })
      }
    },
  }
}
