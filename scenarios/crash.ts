import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { TOPIC_NAMES } from '@stocker/contracts'
import { startPlatform } from '@stocker/platform'
import { audit } from './audit/audit.ts'
import { databasesOn } from './audit/databases.ts'
import { sentenceOf } from './audit/difference.ts'
import { publicationDifferences, readStored } from './audit/publications.ts'
import { crashRun } from './crash-run.ts'
import { readTopics } from './event-log.ts'

export interface CrashReport {
  readonly seed: number
  readonly orders: number
  readonly kills: number
  readonly retriedRequests: number
  readonly differences: readonly string[]
}

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
    kill: async (target) => platform.kill(target),
  })
  await platform.ready()
  const databases = databasesOn((name) => platform.postgres(name))
  const books = await audit(databases, { settled: true, readModels: true, accepted: run.orderIds })
  const stored = await readStored(databases)
  const published = await readTopics(platform.kafka, TOPIC_NAMES)
  return {
    seed: options.seed,
    orders: run.orderIds.length,
    kills: run.kills.length,
    retriedRequests: run.retriedRequests,
    differences: [...books.differences.map(sentenceOf), ...publicationDifferences(stored, published)],
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
