import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { startPlatform } from '@stocker/platform'
import { auditAfterCrashes } from './audit/audit-after-crashes.ts'
import { crashRun } from './crash-run.ts'

export interface CrashReport {
  readonly seed: number
  readonly orders: number
  readonly kills: number
  readonly retriedRequests: number
  readonly differences: readonly string[]
}

/** How long what follows the deliveries may take. */
const PATIENCE_MS = 30_000

/** Starts a platform of its own, kills every process of it once under load, and holds orders, money, stock and events against each other. */
export const runCrash = async (
  options: { readonly seed: number; readonly orders?: number; readonly durationMs?: number },
  log: (line: string) => void,
): Promise<CrashReport> => {
  log(`seed ${options.seed}`)
  await using platform = await startPlatform({})
  const run = await crashRun({
    ...options,
    log,
    orderServiceUrl: platform.url('order-service'),
    authorize: async (claims) => `Bearer ${await platform.token(claims)}`,
    kill: async (target) => platform.kill(target),
  })
  const { differences } = await auditAfterCrashes(platform, {
    accepted: run.orderIds,
    patienceMs: PATIENCE_MS,
    log,
  })
  return {
    seed: options.seed,
    orders: run.orderIds.length,
    kills: run.kills.length,
    retriedRequests: run.retriedRequests,
    differences,
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(randomInt(1_000_000)) },
      orders: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '20' },
      runs: { type: 'string', default: '1' },
    },
  })
  for (let run = 0; run < Number(values.runs); run++) {
    const report = await runCrash(
      { seed: Number(values.seed) + run, orders: Number(values.orders), durationMs: Number(values.seconds) * 1000 },
      (line) => console.error(line),
    )
    for (const difference of report.differences) console.error(difference)
    console.log(JSON.stringify({ ...report, differences: report.differences.length }))
    if (report.differences.length > 0) process.exitCode = 1
  }
}
