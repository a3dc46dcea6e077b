import { randomInt } from 'node:crypto'
import type { Flags } from '@stocker/platform'
import { describeFlags, PlatformError, parseFlags, startPlatform, usage } from '@stocker/platform'
import { auditAfterCrashes } from './audit/audit-after-crashes.ts'
import type { ChaosRun } from './chaos/chaos-run.ts'
import { chaosRun } from './chaos/chaos-run.ts'
import type { ChaosOptions } from './chaos/plan.ts'
import { chaosPlan } from './chaos/plan.ts'

export interface ChaosReport {
  readonly seed: number
  readonly orders: number
  readonly ordersByStatus: Readonly<Record<string, number>>
  readonly kills: ChaosRun['kills']
  readonly repeatedRequests: number
  /** From the end of the traffic until the audit was through. */
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
    authorize: async (claims) => `Bearer ${await platform.token(claims)}`,
    kill: (target) => platform.kill(target),
  })
  const endedAt = performance.now()
  const { books, differences } = await auditAfterCrashes(platform, {
    accepted: run.orderIds,
    patienceMs: PATIENCE_MS,
    log,
  })
  return {
    seed,
    orders: run.orderIds.length,
    ordersByStatus: books.ordersByStatus,
    kills: run.kills,
    repeatedRequests: run.repeatedRequests,
    settledAfterMs: Math.round(performance.now() - endedAt),
    differences,
  }
}

const MINUTE_MS = 60_000

const FLAGS: Flags = {
  seed: { type: 'string', value: 'number', help: 'the same seed: the same kills and the same traffic (default: any)' },
  minutes: { type: 'string', value: 'number', help: 'how long processes are killed (default 3)' },
  rate: { type: 'string', value: 'number', help: 'new orders per second (default 8)' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

const HELP = `Kills processes at random under mixed traffic with failing calls, then holds all books against each other.

  npm run chaos
  npm run chaos -- [flags]

${describeFlags(FLAGS)}

Exit codes: 0 no differences · 1 differences, or something was never answered · 2 wrong flags
`

const main = async (words: readonly string[]): Promise<number> => {
  const flags = await parseFlags(words, FLAGS)
  if (flags.has('help')) {
    process.stdout.write(HELP)
    return 0
  }
  const positive = (flag: string, fallback: number): number => {
    const value = Number(flags.text(flag) ?? fallback)
    if (value > 0) return value
    throw usage(`--${flag} is "${flags.text(flag)}"; expected a number above 0`)
  }
  const options = {
    seed: positive('seed', randomInt(1, 1_000_000)),
    durationMs: positive('minutes', 3) * MINUTE_MS,
    ordersPerSecond: positive('rate', 8),
  }
  const report = await runChaos(options, (line) => console.error(line))
  for (const difference of report.differences) console.error(difference)
  console.log(JSON.stringify({ ...report, differences: report.differences.length }))
  return report.differences.length === 0 ? 0 : 1
}

if (import.meta.main)
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof PlatformError ? error.message : error)
    return error instanceof PlatformError ? error.exitCode : 1
  })
