import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { TOPIC_NAMES } from '@stocker/contracts'
import { orderTimeline, startPlatform } from '@stocker/platform'
import { audit } from './audit/audit.ts'
import { databasesOn } from './audit/databases.ts'
import { sentenceOf } from './audit/difference.ts'
import { publicationDifferences, readStored } from './audit/publications.ts'
import type { ChaosRun } from './chaos/chaos-run.ts'
import { chaosRun } from './chaos/chaos-run.ts'
import type { ChaosOptions } from './chaos/plan.ts'
import { chaosPlan } from './chaos/plan.ts'
import { readTopics } from './event-log.ts'

export interface ChaosReport {
  readonly seed: number
  readonly orders: number
  readonly ordersByStatus: Readonly<Record<string, number>>
  readonly kills: ChaosRun['kills']
  readonly repeatedRequests: number
  /** From the end of the traffic until the books agreed. */
  readonly settledAfterMs: number
  readonly differences: readonly string[]
}

/** One call in five to the gateway and to the courier gets no answer. */
const failuresOf = (seed: number) => ({
  'payment-service': {
    GATEWAY_FAILURE_RATE: '0.2',
    GATEWAY_FAILURE_SEED: String(seed),
    GATEWAY_TIMEOUT_MS: '500',
    REFUND_RETRY_DELAY_MS: '500',
    REFUND_MAX_RETRY_DELAY_MS: '2000',
  },
  'delivery-service': {
    COURIER_FAILURE_RATE: '0.2',
    COURIER_FAILURE_SEED: String(seed),
    // Parcels that can be called back, and couriers who come again soon.
    COURIER_DELAY_MS: '200',
    COURIER_RETRY_AFTER: '500ms',
    COURIER_SILENCE: '5s',
  },
})

/** How long everything may take to come to its end when nothing is killed any more. */
const PATIENCE_MS = 90_000
const TIMELINES = 3

/** Starts a platform of its own, lets its processes die at random under mixed traffic, and holds all books against each other. */
export const runChaos = async (options: ChaosOptions, log: (line: string) => void): Promise<ChaosReport> => {
  const { seed } = options
  log(`seed ${seed}`)
  await using platform = await startPlatform({ serviceEnvironment: failuresOf(seed) })
  const plan = chaosPlan(options)
  const run = await chaosRun({
    plan,
    name: `chaos-${seed}`,
    log,
    url: (service) => platform.url(service),
    kill: (target) => platform.kill(target),
  })
  const endedAt = performance.now()
  await platform.ready()
  const databases = databasesOn((name) => platform.postgres(name))
  const books = await audit(databases, {
    settled: true,
    readModels: true,
    accepted: run.orderIds,
    patienceMs: PATIENCE_MS,
  })
  const settledAfterMs = Math.round(performance.now() - endedAt)
  const stored = await readStored(databases)
  const published = await readTopics(platform.kafka, TOPIC_NAMES)
  const source = {
    orderService: platform.url('order-service'),
    logs: platform.logs,
    services: platform.services.map(({ name }) => name),
  }
  for (const { about } of books.differences.filter(({ about }) => about.startsWith('order ')).slice(0, TIMELINES))
    log(await orderTimeline(about.slice('order '.length), source))
  return {
    seed,
    orders: run.orderIds.length,
    ordersByStatus: books.ordersByStatus,
    kills: run.kills,
    repeatedRequests: run.repeatedRequests,
    settledAfterMs,
    differences: [...books.differences.map(sentenceOf), ...publicationDifferences(stored, published)],
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      minutes: { type: 'string', default: '3' },
      rate: { type: 'string', default: '8' },
    },
  })
  const report = await runChaos(
    { seed: Number(values.seed), durationMs: Number(values.minutes) * 60_000, ordersPerSecond: Number(values.rate) },
    (line) => console.error(line),
  )
  for (const difference of report.differences) console.error(difference)
  console.log(JSON.stringify({ ...report, differences: report.differences.length }))
  if (report.differences.length > 0) process.exitCode = 1
}
