import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ScenarioContext } from '@stocker/platform'
import { openCallers } from './callers.ts'
import { call, eventually, UnexpectedAnswer } from './http.ts'

export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: { readonly amount: number; readonly currency: string }
}

export interface Line {
  readonly sku: string
  readonly quantity: number
}

/** What a story may choose about a purchase. */
export interface Purchase {
  /** What the simulated gateway does. Default `tok_ok`. */
  readonly paymentToken?: string
  /** First line of the address: what the simulated courier does. */
  readonly line1?: string
}

export interface Order {
  readonly orderId: string
  readonly status: string
  readonly total: { readonly amount: number; readonly currency: string }
  readonly parcels: readonly { readonly status: string; readonly attempts?: number }[]
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

const detailsOf = ({ paymentToken = 'tok_ok', line1 = ADDRESS.line1 }: Purchase) => ({
  shippingAddress: { ...ADDRESS, line1 },
  paymentToken,
})

/** The public HTTP surface as a customer uses it. Every request is told in the story. */
export function openShop(context: ScenarioContext) {
  const { signal } = context
  const cart = (): string => context.url('cart-service')
  const orders = (): string => `${context.url('order-service')}/api/orders`
  const headersOf = openCallers((claims) => context.authorization(claims))
  /** Whose carts and orders those are that this shop has given out. */
  const owners = new Map<string, string>()
  const ownerOf = (id: string) => {
    const customer = owners.get(id)
    return headersOf(customer === undefined ? 'staff' : { customer })
  }

  return {
    async products(): Promise<readonly Product[]> {
      const headers = await headersOf({ customer: VISITOR })
      return (await call<{ products: readonly Product[] }>('GET', `${cart()}/api/products`, { headers, signal }))
        .products
    },

    async placeOrder(customerId: string, lines: readonly Line[], purchase: Purchase = {}): Promise<string> {
      const body = { customerId, lines, ...detailsOf(purchase) }
      const headers = { 'idempotency-key': randomUUID(), ...(await headersOf({ customer: customerId })) }
      context.begin()
      // The order service learns of a new product a moment after the catalogue.
      const { orderId } = await eventually(signal, UNKNOWN_SKU, () =>
        call<{ orderId: string }>('POST', orders(), { body, headers, signal }),
      )
      owners.set(orderId, customerId)
      context.follow(orderId)
      context.log(`${customerId} orders ${describeLines(lines)} → order ${orderId}`)
      return orderId
    },

    /** Asks for the order to be undone; refused when it is on its way already. */
    async cancel(orderId: string): Promise<void> {
      await call('POST', `${orders()}/${orderId}/cancel`, { body: {}, headers: await ownerOf(orderId), signal })
      context.log(`cancels order ${orderId}`)
    },

    /** Sends back what was delivered. */
    async sendBack(orderId: string, reason: string): Promise<void> {
      await call('POST', `${orders()}/${orderId}/return`, { body: { reason }, headers: await ownerOf(orderId), signal })
      context.log(`sends order ${orderId} back: ${reason}`)
    },

    async createCart(customerId: string): Promise<string> {
      const { cartId } = await call<{ cartId: string }>('POST', `${cart()}/api/carts`, {
        body: { customerId },
        headers: await headersOf({ customer: customerId }),
        signal,
      })
      owners.set(cartId, customerId)
      context.follow(cartId)
      context.log(`${customerId} takes a cart → cart ${cartId}`)
      return cartId
    },

    async addItem(cartId: string, line: Line): Promise<void> {
      await call('POST', `${cart()}/api/carts/${cartId}/items`, { body: line, headers: await ownerOf(cartId), signal })
      context.log(`puts ${describeLines([line])} into it`)
    },

    /** Refused when the customer expects another total or, without one, does not know the prices. */
    async checkOut(cartId: string, purchase: Purchase = {}, expectedTotal?: Order['total']): Promise<string> {
      const body = { ...detailsOf(purchase), ...(expectedTotal && { expectedTotal }) }
      const headers = { 'idempotency-key': randomUUID(), ...(await ownerOf(cartId)) }
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
      owners.set(orderId, owners.get(cartId) ?? VISITOR)
      context.follow(orderId)
      context.log(`checks out for ${describePrice(total)} → order ${orderId}`)
      return orderId
    },

    /** The order once it has this status. Fails when it ends in another one. */
    async until(orderId: string, status: string): Promise<Order> {
      const order = await this.untilOneOf(orderId, [status])
      if (order.history.some((entry) => entry.status === status)) return order
      throw new Error(`order ${orderId} ended ${order.status} instead of ${status}`)
    },

    /** The order once it has had one of these statuses, or is at its end. */
    async untilOneOf(orderId: string, statuses: readonly string[]): Promise<Order> {
      for (;;) {
        const order = await this.find(orderId, `?wait=${statuses[0] ?? ''}&timeout=10s`)
        for (const entry of order?.history ?? []) context.reached(orderId, entry.status, entry.at)
        if (order?.history.some((entry) => statuses.includes(entry.status))) return order
        if (order !== undefined && ENDS.has(order.status)) return order
        signal.throwIfAborted()
        // A checked-out cart becomes an order a moment later.
        if (order === undefined) await delay(RETRY_MS, undefined, { signal })
      }
    },

    /** Waits until the order knows that the courier was at the door. */
    async untilAttempted(orderId: string): Promise<void> {
      for (;;) {
        const order = await this.find(orderId)
        if (order?.parcels.some(({ attempts = 0 }) => attempts > 0)) return
        await delay(RETRY_MS, undefined, { signal })
      }
    },

    async find(orderId: string, query = ''): Promise<Order | undefined> {
      try {
        return await call<Order>('GET', `${orders()}/${orderId}${query}`, { headers: await ownerOf(orderId), signal })
      } catch (error) {
        if (error instanceof UnexpectedAnswer && error.status === 404) return undefined
        throw error
      }
    },
  }
}

const RETRY_MS = 20
/** Somebody who looks around. */
const VISITOR = 'visitor'
const UNKNOWN_SKU = 422
/** Of orders: nothing happens to them by itself after these. */
export const ENDS: ReadonlySet<string> = new Set(['DELIVERED', 'CANCELLED', 'RETURNED', 'LOST'])

export function describeLines(lines: readonly Line[]): string {
  return lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')
}

export function describePrice({ amount, currency }: Order['total']): string {
  return `${(amount / 10 ** MONEY_DIGITS).toFixed(MONEY_DIGITS)} ${currency}`
}
