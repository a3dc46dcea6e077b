import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ScenarioContext } from '@stocker/platform'
import { call, UnexpectedAnswer } from './http.ts'

export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: { readonly amount: number; readonly currency: string }
}

export interface Line {
  readonly sku: string
  readonly quantity: number
}

export interface Order {
  readonly orderId: string
  readonly status: string
  readonly total: { readonly amount: number; readonly currency: string }
  readonly history: readonly { readonly status: string; readonly at: string; readonly reason?: string }[]
}

/** Where the shop sends things when the story does not care. */
export const ADDRESS = {
  name: 'Demo Customer',
  line1: '1 Market Street',
  city: 'Springfield',
  postalCode: '12345',
  country: 'US',
} as const

const MONEY_DIGITS = 2

/** The public HTTP surface as a customer uses it. Every request is told in the story. */
export function openShop(context: ScenarioContext) {
  const { signal } = context
  const cart = (): string => context.url('cart-service')
  const orders = (): string => `${context.url('order-service')}/api/orders`

  return {
    async products(): Promise<readonly Product[]> {
      return (await call<{ products: readonly Product[] }>('GET', `${cart()}/api/products`, { signal })).products
    },

    async placeOrder(customerId: string, lines: readonly Line[], paymentToken = 'tok_ok'): Promise<string> {
      const body = { customerId, lines, shippingAddress: ADDRESS, paymentToken }
      const headers = { 'idempotency-key': randomUUID() }
      context.begin()
      const { orderId } = await call<{ orderId: string }>('POST', orders(), { body, headers, signal })
      context.follow(orderId)
      context.log(`${customerId} orders ${describeLines(lines)} → order ${orderId}`)
      return orderId
    },

    async createCart(customerId: string): Promise<string> {
      const { cartId } = await call<{ cartId: string }>('POST', `${cart()}/api/carts`, { body: { customerId }, signal })
      context.follow(cartId)
      context.log(`${customerId} takes a cart → cart ${cartId}`)
      return cartId
    },

    async addItem(cartId: string, line: Line): Promise<void> {
      await call('POST', `${cart()}/api/carts/${cartId}/items`, { body: line, signal })
      context.log(`puts ${describeLines([line])} into it`)
    },

    async checkOut(cartId: string, paymentToken = 'tok_ok'): Promise<string> {
      const body = { shippingAddress: ADDRESS, paymentToken }
      const headers = { 'idempotency-key': randomUUID() }
      context.begin()
      const { orderId, total } = await call<{ orderId: string; total: Order['total'] }>(
        'POST',
        `${cart()}/api/carts/${cartId}/checkout`,
        {
          body,
          headers,
          signal,
        },
      )
      context.follow(orderId)
      context.log(`checks out for ${price(total)} → order ${orderId}`)
      return orderId
    },

    /** The order once it has this status. Fails when it ends in another one. */
    async until(orderId: string, status: string): Promise<Order> {
      for (;;) {
        const order = await this.find(orderId, `?wait=${status}&timeout=10s`)
        for (const entry of order?.history ?? []) context.reached(orderId, entry.status, entry.at)
        if (order?.history.some((entry) => entry.status === status)) return order
        if (order !== undefined && ENDS.has(order.status)) {
          throw new Error(`order ${orderId} ended ${order.status} instead of ${status}`)
        }
        signal.throwIfAborted()
        // A checked-out cart becomes an order a moment later.
        if (order === undefined) await delay(20, undefined, { signal })
      }
    },

    async find(orderId: string, query = ''): Promise<Order | undefined> {
      try {
        return await call<Order>('GET', `${orders()}/${orderId}${query}`, { signal })
      } catch (error) {
        if (error instanceof UnexpectedAnswer && error.status === 404) return undefined
        throw error
      }
    },
  }
}

const ENDS: ReadonlySet<string> = new Set(['DELIVERED', 'CANCELLED', 'RETURNED', 'LOST'])

function describeLines(lines: readonly Line[]): string {
  return lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')
}

function price({ amount, currency }: Order['total']): string {
  return `${(amount / 10 ** MONEY_DIGITS).toFixed(MONEY_DIGITS)} ${currency}`
}
