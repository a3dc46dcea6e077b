import { setTimeout as delay } from 'node:timers/promises'
import type { CrashTarget } from '../crash-run.ts'
import type { Authorize } from '../shop/callers.ts'
import { PersistentCaller } from '../shop/persistent.ts'
import type { Place } from './customer.ts'
import { doErrand, travel } from './customer.ts'
import type { ChaosPlan } from './plan.ts'

export interface ChaosRunOptions {
  readonly plan: ChaosPlan
  /** Names the run in its idempotency keys. */
  readonly name: string
  /** Base URL of a service by name. */
  url(service: string): string
  readonly authorize: Authorize
  /** Ends a process at once (SIGKILL); the platform restarts it. */
  kill(target: CrashTarget): void
  /** How long after the last kill every request may take to be answered. Milliseconds; default 180,000. */
  readonly settleMs?: number
  readonly log: (line: string) => void
}

export interface ChaosRun {
  /** Orders that were accepted. */
  readonly orderIds: readonly string[]
  readonly kills: Readonly<Partial<Record<CrashTarget, number>>>
  readonly repeatedRequests: number
}

const SETTLE_MS = 180_000
const SCARCE_PIECES = 30
const OK = 200
const CREATED = 201

/** Lets customers and the shop do what the plan says while processes die as it says; returns when everybody has had an answer. */
export const chaosRun = async (options: ChaosRunOptions): Promise<ChaosRun> => {
  const { plan, name, url, authorize, kill, log, settleMs = SETTLE_MS } = options
  const lastMs = Math.max(0, ...plan.journeys.map(({ atMs }) => atMs), ...plan.kills.map(({ atMs }) => atMs))
  let startedAt = performance.now()
  const caller = new PersistentCaller({ authorize, giveUpAt: () => startedAt + lastMs + settleMs })
  const place: Place = { caller, url }
  await launch(place, plan.scarce, name)

  startedAt = performance.now()
  const at = <T extends { readonly atMs: number }, R>(step: T, work: (step: T) => R): Promise<R> =>
    delay(Math.max(0, startedAt + step.atMs - performance.now())).then(() => work(step))
  const killing = Promise.all(
    plan.kills.map((step) =>
      at(step, ({ target, atMs }) => {
        log(`${atMs} ms: SIGKILL ${target}`)
        kill(target)
      }),
    ),
  )
  const errands = Promise.all(
    plan.errands.map((step, n) => at(step, (errand) => doErrand(place, errand, `${name}-errand-${n}`))),
  )
  const journeys = Promise.all(
    plan.journeys.map((step, n) => at(step, (journey) => travel(place, journey, `${name}-${n}`))),
  )
  const [orderIds] = await Promise.all([journeys, errands, killing])
  log(`${orderIds.length} orders accepted, ${caller.repeated} requests repeated`)
  const times = Map.groupBy(plan.kills, ({ target }) => target)
  return {
    orderIds,
    kills: Object.fromEntries([...times].map(([target, kills]) => [target, kills.length])),
    repeatedRequests: caller.repeated,
  }
}

/** The products of the plan that the catalogue does not have. */
const launch = async ({ caller, url }: Place, skus: readonly string[], name: string): Promise<void> => {
  for (const sku of skus) {
    await caller.until([OK, CREATED], {
      method: 'PUT',
      url: `${url('cart-service')}/api/products/${sku}`,
      body: { name: 'Scarce', price: { amount: 1_000, currency: 'EUR' } },
      as: 'staff',
    })
    await caller.until([OK], {
      method: 'POST',
      url: `${url('dispatch-service')}/api/stock/${sku}/adjustments`,
      body: { quantity: SCARCE_PIECES, reason: 'delivery from the maker' },
      as: 'staff',
      idempotencyKey: `${name}-launch-${sku}`,
    })
  }
}
