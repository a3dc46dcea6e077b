import type { CrashTarget } from '../crash-run.ts'
import type { Random } from '../random.ts'
import { randomFrom } from '../random.ts'
import type { Line } from '../shop/shop.ts'

export interface ChaosOptions {
  /** The same seed: the same kills and the same traffic at the same moments. */
  readonly seed: number
  /** How long the kills and the traffic last. Milliseconds. */
  readonly durationMs: number
  /** New orders. Default 8. */
  readonly ordersPerSecond?: number
}

export interface Kill {
  readonly target: CrashTarget
  readonly atMs: number
}

/** What one customer does. */
export interface Journey {
  readonly atMs: number
  readonly customerId: string
  /** Through a cart, or straight as an order. */
  readonly cart: boolean
  readonly lines: readonly Line[]
  readonly paymentToken: string
  /** First line of the address: what the courier does. */
  readonly line1: string
  /** Cancels so long after ordering; null: does not. */
  readonly cancelAfterMs: number | null
  /** Sends back what was delivered. */
  readonly sendsBack: boolean
  /** Minor units that the shop gives back for a delivered order; 0: nothing. */
  readonly goodwill: number
}

/** What the shop does meanwhile. */
export type Errand =
  | { readonly atMs: number; readonly kind: 'price'; readonly sku: string; readonly amount: number }
  | { readonly atMs: number; readonly kind: 'stock'; readonly sku: string; readonly quantity: number }

export interface ChaosPlan {
  /** Of each there are a few pieces at the beginning, so that some orders find none. */
  readonly scarce: readonly string[]
  readonly kills: readonly Kill[]
  readonly journeys: readonly Journey[]
  readonly errands: readonly Errand[]
}

const TARGETS: Readonly<Record<CrashTarget, number>> = {
  'order-service': 1,
  'payment-service': 1,
  'dispatch-service': 1,
  'delivery-service': 1,
  'cart-service': 1,
  kafka: 0.25,
  postgres: 0.25,
}
/** Milliseconds between two kills. */
const KILL_GAP = { from: 1_000, to: 3_000 }

const TOKENS = { tok_ok: 70, tok_timeout: 10, tok_refund_fails: 10, tok_declined: 6, tok_insufficient_funds: 4 }
const STREETS = {
  '1 Market Street': 60,
  '2 Hill absent once': 12,
  '3 Lane absent': 10,
  '4 Court refused': 8,
  '5 Bay lost': 10,
}
const COMMON = { mug: 1, 't-shirt': 1, notebook: 1, pen: 1 }
/** Minor units. */
const PRICES = { from: 100, to: 5_000 }
const STOCK_CHANGE = { from: -20, to: 40 }

export const chaosPlan = ({ seed, durationMs, ordersPerSecond = 8 }: ChaosOptions): ChaosPlan => {
  const random = randomFrom(seed)
  const scarce = [`scarce-a-${seed}`, `scarce-b-${seed}`]
  const skus: Readonly<Record<string, number>> = { ...COMMON, ...Object.fromEntries(scarce.map((sku) => [sku, 0.3])) }
  const orders = Math.round((durationMs / 1_000) * ordersPerSecond)
  return {
    scarce,
    kills: killsUntil(durationMs, random),
    journeys: Array.from({ length: orders }, (_, n) => journey((durationMs * n) / orders, skus, random)),
    errands: Array.from({ length: Math.round(durationMs / 1_000) }, (_, second) =>
      errand(second * 1_000, skus, scarce, random),
    ),
  }
}

const killsUntil = (durationMs: number, random: Random): Kill[] => {
  const kills: Kill[] = []
  for (let atMs = 0; ; ) {
    atMs += random.between(KILL_GAP.from, KILL_GAP.to)
    if (atMs >= durationMs) return kills
    kills.push({ atMs, target: random.pick(TARGETS) })
  }
}

const journey = (atMs: number, skus: Readonly<Record<string, number>>, random: Random): Journey => {
  const cancels = random.chance(0.25)
  return {
    atMs: Math.round(atMs),
    customerId: `customer-${random.between(0, 49)}`,
    cart: random.chance(0.4),
    lines: Array.from({ length: random.between(1, 3) }, () => ({
      sku: random.pick(skus),
      quantity: random.between(1, 3),
    })),
    paymentToken: random.pick(TOKENS),
    line1: random.pick(STREETS),
    // Most of what can be cancelled at all is cancelled soon.
    cancelAfterMs: cancels ? random.between(0, random.chance(0.5) ? 100 : 3_000) : null,
    sendsBack: random.chance(0.2),
    goodwill: random.chance(0.1) ? random.between(1, 90) : 0,
  }
}

const errand = (
  atMs: number,
  skus: Readonly<Record<string, number>>,
  scarce: readonly string[],
  random: Random,
): Errand =>
  random.chance(0.5)
    ? { atMs, kind: 'price', sku: random.pick(skus), amount: random.between(PRICES.from, PRICES.to) }
    : {
        atMs,
        kind: 'stock',
        sku: scarce[random.between(0, scarce.length - 1)] ?? '',
        quantity: random.between(STOCK_CHANGE.from, STOCK_CHANGE.to),
      }
