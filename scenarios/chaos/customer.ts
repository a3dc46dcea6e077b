import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, PersistentCaller, Request } from '../shop/persistent.ts'
import { unexpected } from '../shop/persistent.ts'
import { ADDRESS } from '../shop/shop.ts'
import type { Errand, Journey } from './plan.ts'

export interface Place {
  readonly caller: PersistentCaller
  /** Base URL of a service by name. */
  url(service: string): string
}

const OK = 200
const CREATED = 201
const ACCEPTED = 202
/** The state is another one by now, or the value is not possible any more: answers that a customer has to take. */
const REFUSALS = [409, 412, 422]

/** Goes a customer's whole way. Gives the id of the order that was accepted. */
export const travel = async (place: Place, journey: Journey, key: string): Promise<string> => {
  const { caller } = place
  const orderId = await (journey.cart ? orderByCart(place, journey, key) : orderAtOnce(place, journey, key))
  const order = `${place.url('order-service')}/api/orders/${orderId}`
  const as = { customer: journey.customerId }
  if (journey.cancelAfterMs !== null) {
    await delay(journey.cancelAfterMs)
    await wish(caller, { method: 'POST', url: `${order}/cancel`, body: {}, as, idempotencyKey: `${key}-cancel` })
  }
  if (!journey.sendsBack && journey.goodwill === 0) return orderId
  const seen = await caller.call({ method: 'GET', url: `${order}?wait=DELIVERED&timeout=20s`, as })
  if (seen.body.status !== 'DELIVERED') return orderId
  if (journey.goodwill > 0) await giveBack(place, orderId, journey.goodwill, seen, key)
  if (journey.sendsBack)
    await wish(caller, { method: 'POST', url: `${order}/return`, body: {}, as, idempotencyKey: `${key}-return` })
  return orderId
}

const detailsOf = ({ line1, paymentToken }: Journey) => ({ shippingAddress: { ...ADDRESS, line1 }, paymentToken })

const orderAtOnce = async ({ caller, url }: Place, journey: Journey, key: string): Promise<string> => {
  const { customerId, lines } = journey
  const body = { customerId, lines, ...detailsOf(journey) }
  const as = { customer: customerId }
  const order: Request = { method: 'POST', url: `${url('order-service')}/api/orders`, body, as, idempotencyKey: key }
  return (await caller.until([ACCEPTED], order)).body.orderId as string
}

const orderByCart = async ({ caller, url }: Place, journey: Journey, key: string): Promise<string> => {
  const carts = `${url('cart-service')}/api/carts`
  const { customerId, lines } = journey
  const as = { customer: customerId }
  const created = await caller.until([CREATED], {
    method: 'POST',
    url: carts,
    body: { customerId },
    as,
    idempotencyKey: `${key}-cart`,
  })
  const cart = `${carts}/${created.body.cartId}`
  for (const [n, body] of lines.entries())
    await caller.until([OK], { method: 'POST', url: `${cart}/items`, body, as, idempotencyKey: `${key}-item-${n}` })
  let expectedTotal: unknown
  for (let attempt = 1; ; attempt++) {
    const body = { ...detailsOf(journey), ...(expectedTotal !== undefined && { expectedTotal }) }
    const checkout: Request = {
      method: 'POST',
      url: `${cart}/checkout`,
      body,
      as,
      idempotencyKey: `${key}-checkout-${attempt}`,
    }
    const answer = await caller.call(checkout)
    if (answer.status === ACCEPTED) return answer.body.orderId as string
    if (answer.body.code !== 'PRICE_CHANGED') throw unexpected(checkout, answer)
    expectedTotal = (answer.body.total as { readonly new: unknown }).new
  }
}

const giveBack = async ({ caller, url }: Place, orderId: string, amount: number, { body }: Answer, key: string) => {
  const { currency } = body.total as { readonly currency: string }
  await wish(caller, {
    method: 'POST',
    url: `${url('payment-service')}/api/payments/${orderId}/refunds`,
    body: { amount: { amount, currency }, reason: 'GOODWILL' },
    as: 'staff',
    idempotencyKey: `${key}-goodwill`,
  })
}

/** Something that may come too late: granted or refused, but not lost. An order of a cart is there a moment later. */
const wish = (caller: PersistentCaller, request: Request): Promise<Answer> =>
  caller.until([ACCEPTED, ...REFUSALS], request)

/** What the shop's people do; refused when it is not possible any more. */
export const doErrand = async ({ caller, url }: Place, errand: Errand, key: string): Promise<void> => {
  const request: Request =
    errand.kind === 'price'
      ? {
          method: 'POST',
          url: `${url('cart-service')}/api/products/${errand.sku}/price`,
          body: { price: { amount: errand.amount, currency: 'EUR' } },
          as: 'staff',
          idempotencyKey: key,
        }
      : {
          method: 'POST',
          url: `${url('dispatch-service')}/api/stock/${errand.sku}/adjustments`,
          body: { quantity: errand.quantity, reason: 'count' },
          as: 'staff',
          idempotencyKey: key,
        }
  await caller.until([OK, ...REFUSALS], request)
}
