import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { randomFrom } from './random.ts'
import type { Authorize } from './shop/callers.ts'
import type { Request } from './shop/persistent.ts'
import { PersistentCaller, unexpected } from './shop/persistent.ts'
import { ADDRESS } from './shop/shop.ts'

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
  readonly authorize: Authorize
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

/** Every target once, in random order, evenly spread with some jitter. */
export const killPlan = (seed: number, durationMs: number): CrashRun['kills'] => {
  const random = randomFrom(seed)
  const targets = [...CRASH_TARGETS]
  for (let i = targets.length - 1; i > 0; i--) {
    const j = random.between(0, i)
    const [a, b] = [targets[i], targets[j]]
    if (a !== undefined && b !== undefined) [targets[i], targets[j]] = [b, a]
  }
  const gapMs = durationMs / targets.length
  return targets.map((target, n) => ({ target, atMs: Math.round(gapMs * (n + random.next() * 0.6)) }))
}

const ACCEPTED = 202
const SKUS = ['mug', 't-shirt', 'notebook', 'pen']

/**
 * Places orders at a steady rate while every service, the broker and the database are killed once, and returns when every
 * order is delivered. What happened to money, stock and events is for the audit to say.
 */
export const crashRun = async (options: CrashRunOptions): Promise<CrashRun> => {
  const {
    orderServiceUrl,
    authorize,
    kill,
    seed,
    orders = 500,
    durationMs = 20_000,
    settleMs = 120_000,
    log = () => {},
  } = options
  const kills = killPlan(seed, durationMs)
  const startedAt = performance.now()
  const sleepUntil = (atMs: number) => delay(Math.max(0, startedAt + atMs - performance.now()))
  const caller = new PersistentCaller({ authorize, giveUpAt: () => startedAt + durationMs + settleMs })

  const customerOf = (n: number) => `customer-${n % 20}`

  const place = async (n: number): Promise<string> => {
    await sleepUntil((durationMs * n) / orders)
    const request: Request = {
      method: 'POST',
      url: `${orderServiceUrl}/api/orders`,
      as: { customer: customerOf(n) },
      idempotencyKey: `crash-${seed}-${n}-${randomUUID()}`,
      body: {
        customerId: customerOf(n),
        lines: [
          { sku: SKUS[n % SKUS.length], quantity: 1 + (n % 3) },
          { sku: SKUS[(n + 1) % SKUS.length], quantity: 1 },
        ],
        shippingAddress: ADDRESS,
        paymentToken: 'tok_ok',
      },
    }
    const answer = await caller.call(request)
    if (answer.status !== ACCEPTED) throw unexpected(request, answer)
    return answer.body.orderId as string
  }

  const killing = (async () => {
    for (const { target, atMs } of kills) {
      await sleepUntil(atMs)
      log(`${Math.round(performance.now() - startedAt)} ms: SIGKILL ${target}`)
      await kill(target)
    }
  })()
  const [orderIds] = await Promise.all([Promise.all(Array.from({ length: orders }, (_, n) => place(n))), killing])
  log(`${orderIds.length} orders accepted, ${caller.repeated} requests repeated`)
  await Promise.all(orderIds.map((id) => untilDelivered(caller, orderServiceUrl, id, performance.now() + settleMs)))
  log(`all delivered ${Math.round(performance.now() - startedAt)} ms after the start`)
  return { orderIds, kills, retriedRequests: caller.repeated }
}

const ENDS: ReadonlySet<unknown> = new Set(['DELIVERED', 'CANCELLED', 'RETURNED', 'LOST'])

const untilDelivered = async (
  caller: PersistentCaller,
  url: string,
  orderId: string,
  giveUpAt: number,
): Promise<void> => {
  for (;;) {
    const { body } = await caller.call({
      method: 'GET',
      url: `${url}/api/orders/${orderId}?wait=DELIVERED&timeout=20s`,
      as: 'staff',
    })
    if (body.status === 'DELIVERED') return
    if (ENDS.has(body.status) || performance.now() > giveUpAt) throw new Error(`order ${orderId} is ${body.status}`)
  }
}
