import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

export const CRASH_TARGETS = [
  'order-service',
  'payment-service',
  'dispatch-service',
  'delivery-service',
  'cart-service',
  'kafka',
  'postgres',
] as const
export type CrashTarget = (typeof CRASH_TARGETS)[number]

export interface CrashRunOptions {
  readonly orderServiceUrl: string
  /** Ends a process at once (SIGKILL); the platform restarts it. */
  readonly kill: (target: CrashTarget) => Promise<void>
  /** Orders to place. Default 500. */
  readonly orders?: number
  /** How long the orders and the kills are spread over. Default 20,000 ms. */
  readonly durationMs?: number
  /** How long every accepted order may take to be delivered after the last kill. Default 120,000 ms. */
  readonly settleMs?: number
  /** The same seed kills in the same order at the same moments. */
  readonly seed: number
  readonly log?: (line: string) => void
}

export interface CrashRun {
  readonly orderIds: readonly string[]
  readonly kills: readonly { readonly target: CrashTarget; readonly atMs: number }[]
  readonly retriedRequests: number
}

/** mulberry32: a small generator whose numbers depend on the seed alone. */
export const randomFrom = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Every target once, in random order, evenly spread with some jitter. */
export const killPlan = (seed: number, durationMs: number): CrashRun['kills'] => {
  const random = randomFrom(seed)
  const targets = [...CRASH_TARGETS]
  for (let i = targets.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [targets[i], targets[j]]
    if (a !== undefined && b !== undefined) [targets[i], targets[j]] = [b, a]
  }
  const gapMs = durationMs / targets.length
  return targets.map((target, n) => ({ target, atMs: Math.round(gapMs * (n + random() * 0.6)) }))
}

const SKUS = ['mug', 't-shirt', 'notebook', 'pen']

/**
 * Places orders at a steady rate while every service, the broker and the database are killed once, and returns when every
 * order is delivered. What happened to money, stock and events is for the audit to say.
 */
export const crashRun = async (options: CrashRunOptions): Promise<CrashRun> => {
  const { orderServiceUrl, kill, seed, orders = 500, durationMs = 20_000, settleMs = 120_000, log = () => {} } = options
  const kills = killPlan(seed, durationMs)
  const startedAt = performance.now()
  const sleepUntil = (atMs: number) => delay(Math.max(0, startedAt + atMs - performance.now()))
  let retriedRequests = 0

  const place = async (n: number): Promise<string> => {
    await sleepUntil((durationMs * n) / orders)
    const idempotencyKey = `crash-${seed}-${n}-${randomUUID()}`
    for (;;) {
      try {
        const response = await fetch(`${orderServiceUrl}/api/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body: JSON.stringify({
            customerId: `customer-${n % 20}`,
            lines: [
              { sku: SKUS[n % SKUS.length], quantity: 1 + (n % 3) },
              { sku: SKUS[(n + 1) % SKUS.length], quantity: 1 },
            ],
            shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' },
            paymentToken: 'tok_ok',
          }),
          signal: AbortSignal.timeout(15_000),
        })
        if (response.status === 202) return ((await response.json()) as { orderId: string }).orderId
        await response.body?.cancel()
        if (response.status < 500) throw new UnexpectedAnswer(`POST /api/orders answered ${response.status}`)
      } catch (error) {
        if (error instanceof UnexpectedAnswer) throw error
      }
      retriedRequests++
      await delay(200)
      if (performance.now() - startedAt > durationMs + settleMs) throw new Error(`order ${n} was never accepted`)
    }
  }

  const killing = (async () => {
    for (const { target, atMs } of kills) {
      await sleepUntil(atMs)
      log(`${Math.round(performance.now() - startedAt)} ms: SIGKILL ${target}`)
      await kill(target)
    }
  })()
  const [orderIds] = await Promise.all([Promise.all(Array.from({ length: orders }, (_, n) => place(n))), killing])
  log(`${orderIds.length} orders accepted, ${retriedRequests} requests repeated`)
  await Promise.all(orderIds.map((id) => untilDelivered(orderServiceUrl, id, performance.now() + settleMs)))
  log(`all delivered ${Math.round(performance.now() - startedAt)} ms after the start`)
  return { orderIds, kills, retriedRequests }
}

class UnexpectedAnswer extends Error {}

const untilDelivered = async (url: string, orderId: string, giveUpAt: number): Promise<void> => {
  let seen = 'unknown'
  while (performance.now() < giveUpAt) {
    try {
      const response = await fetch(`${url}/api/orders/${orderId}?wait=DELIVERED&timeout=20s`)
      if (response.ok) {
        seen = ((await response.json()) as { status: string }).status
        if (seen === 'DELIVERED') return
        if (seen === 'CANCELLED') break
      } else await response.body?.cancel()
    } catch {
      // The service is being restarted; the next try finds it.
    }
    await delay(250)
  }
  throw new Error(`order ${orderId} is ${seen}`)
}
