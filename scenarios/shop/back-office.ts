import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ScenarioContext } from '@stocker/platform'
import { openCallers } from './callers.ts'
import { call, eventually } from './http.ts'
import { describePrice } from './shop.ts'

interface Amount {
  readonly amount: number
  readonly currency: string
}

export interface Payment {
  readonly status: string
  readonly authorized?: Amount
  readonly captured?: Amount
  readonly refunded?: Amount
  readonly movements: readonly { readonly kind: string; readonly amount: Amount }[]
}

export interface Stock {
  readonly onHand: number
  readonly reserved: number
  readonly available: number
}

const NOT_FOUND = 404
const LOOK_EVERY_MS = 50

/** What the shop's own people do, and where they look. */
export function openBackOffice(context: ScenarioContext) {
  const { signal } = context
  const headersOf = openCallers((claims) => context.authorization(claims))
  const send = async <T>(method: 'GET' | 'POST' | 'PUT', url: string, body?: object): Promise<T> =>
    call<T>(method, url, { ...(body && { body }), headers: await headersOf('staff'), signal })
  const at = (service: string, path: string): string => `${context.url(service)}/api/${path}`
  /** A service that has not heard of an order yet does so in a moment. */
  const read = <T>(service: string, path: string): Promise<T> =>
    eventually(signal, NOT_FOUND, () => send<T>('GET', at(service, path)))

  const once = async <T>(what: string, look: () => Promise<T>, isIt: (value: T) => boolean): Promise<T> => {
    for (;;) {
      const value = await look()
      if (isIt(value)) return value
      if (signal.aborted) throw new Error(`${what} did not come; it is ${JSON.stringify(value)}`)
      await delay(LOOK_EVERY_MS)
    }
  }

  return {
    /** Puts a product on sale that no other story has. Returns its sku. */
    async launch(name: string, amount: number, pieces: number): Promise<string> {
      const sku = `${name}-${randomUUID().slice(0, 8)}`
      const price = { amount, currency: 'EUR' }
      await send('PUT', at('cart-service', `products/${sku}`), { name, price })
      await this.adjust(sku, pieces, 'delivery from the maker')
      context.log(`the shop has ${pieces} × ${sku}`)
      return sku
    },

    async changePrice(sku: string, amount: number): Promise<void> {
      const price = { amount, currency: 'EUR' }
      await send('POST', at('cart-service', `products/${sku}/price`), { price })
      context.log(`the shop sells ${sku} for ${describePrice(price)} from now on`)
    },

    async adjust(sku: string, quantity: number, reason: string): Promise<void> {
      await send('POST', at('dispatch-service', `stock/${sku}/adjustments`), { quantity, reason })
    },

    /** The payment once it has this status: the order may be a moment ahead of it. */
    paymentOnce: (orderId: string, status: string): Promise<Payment> =>
      once(
        `the payment of order ${orderId} ${status}`,
        () => read<Payment>('payment-service', `payments/${orderId}`),
        (payment) => payment.status === status,
      ),

    stockOnce: (sku: string, expected: Partial<Stock>): Promise<Stock> =>
      once(
        `the stock of ${sku} ${JSON.stringify(expected)}`,
        () => read<Stock>('dispatch-service', `stock/${sku}`),
        (stock) => Object.entries(expected).every(([field, pieces]) => stock[field as keyof Stock] === pieces),
      ),
  }
}

/** @throws an error that says what of it is not as expected */
export function expectThat(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`${what} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
}
