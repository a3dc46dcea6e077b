import { setTimeout as delay } from 'node:timers/promises'
import type { Platform } from '@stocker/platform'
import { startPlatform } from '@stocker/platform'
import { audit, databasesOn, sentenceOf } from '@stocker/scenarios/audit'
import { cpuMs, perCount, sumOf } from './cpu-per-order.ts'
import { measureKernel } from './cqrs-kernel.ts'
import { measureStock } from './hot-stock.ts'
import { measureClientRatios } from './kafka-client-ratio.ts'
import { measureFailures } from './kafka-failures.ts'
import { measureOrderedRetry } from './kafka-ordered-retry.ts'
import { measureMonitoring } from './monitoring.ts'
import { burst, latency } from './order-bench.ts'
import { connectOrders, watchDelivered } from './orders.ts'
import { rssOf } from './processes.ts'

export const PARTS = ['orders', 'kafka', 'cqrs', 'stock', 'monitoring'] as const
export type Part = (typeof PARTS)[number]

export interface BenchOptions {
  readonly parts: ReadonlySet<Part>
  /** Orders of the burst. */
  readonly orders: number
  readonly connections: number
  /** Orders per second of the latency run, for `seconds` seconds. */
  readonly rate: number
  readonly seconds: number
  /** Bursts with the console and without it, each. */
  readonly rounds: number
}

export type BenchResult = Awaited<ReturnType<typeof runBench>>

/** How many orders warm the platform up: Node and the JVM compile what runs often. */
const WARM_UP_ORDERS = 30_000
/** Until the garbage of the burst is collected and everything is written. */
const REST_MS = 10_000

/** Everything on this one machine: broker, database, services and the load. */
export const runBench = async (options: BenchOptions, log: (line: string) => void) => {
  const { parts } = options
  await using platform = await startPlatform({})
  log(`platform ready after ${platform.seconds.toFixed(1)} s`)
  const orders = parts.has('orders') ? await measureOrders(platform, options, log) : {}
  const kafka = parts.has('kafka') ? await measureKafka(platform, log) : {}
  const cqrs = parts.has('cqrs') ? { cqrs: await measureKernel(platform.postgres()) } : {}
  const stock = parts.has('stock') ? { stock: await measureStock(platform.postgres()) } : {}
  const monitoring = parts.has('monitoring') ? await measureMonitoring(platform, options, log) : {}
  return { ...orders, ...kafka, ...cqrs, ...stock, ...monitoring }
}

const measureKafka = async (platform: Platform, log: (line: string) => void) => {
  log('listener and sender against the bare client')
  const { details: clientRecordsPerSecond, ...ratios } = await measureClientRatios(platform.kafka)
  log('what failures cost')
  const failures = await measureFailures(platform.kafka)
  const orderedRetry = await measureOrderedRetry(platform.kafka)
  return { ...ratios, clientRecordsPerSecond, failures, orderedRetry }
}

const measureOrders = async (platform: Platform, options: BenchOptions, log: (line: string) => void) => {
  const startSeconds = byName(platform, ({ startSeconds: seconds }) => seconds)
  await delay(REST_MS)
  const rssMiB = byName(platform, ({ pid }) => rssOf(pid))
  const load = await connectOrders(platform.url('order-service'), options.connections, (subject) =>
    platform.token({ subject }),
  )
  const delivered = await watchDelivered(platform.postgres('order'))
  try {
    log(`warming up with ${WARM_UP_ORDERS} orders`)
    await burst(load, delivered, WARM_UP_ORDERS, options.connections)
    await delay(2_000)
    log(`burst of ${options.orders} orders over ${options.connections} connections`)
    const cpuBefore = cpuMs(platform)
    const rates = await burst(load, delivered, options.orders, options.connections)
    const cpuMsPerOrderByProcess = perCount(cpuBefore, cpuMs(platform), options.orders)
    await delay(3_000)
    log(`${options.rate} orders/s for ${options.seconds} s`)
    const latencyMs = await latency(load, options.rate, options.seconds)
    await delay(REST_MS)
    const rssMiBAfterLoad = byName(platform, ({ pid }) => rssOf(pid))
    await auditBooks(platform, log)
    return {
      ...rates,
      cpuMsPerOrder: sumOf(cpuMsPerOrderByProcess),
      cpuMsPerOrderByProcess,
      latencyMs,
      rssMiB,
      rssMiBAfterLoad,
      startSeconds,
    }
  } finally {
    await load.close()
    await delivered.close()
  }
}

/** Speed counts for nothing if the books do not agree afterwards. Not timed. */
const auditBooks = async (platform: Platform, log: (line: string) => void): Promise<void> => {
  const { orders, differences } = await audit(
    databasesOn((name) => platform.postgres(name)),
    { settled: true },
  )
  if (differences.length > 0)
    throw new Error(`the books of ${orders} orders do not agree:\n${differences.map(sentenceOf).join('\n')}`)
  log(`the books of ${orders} orders agree`)
}

const byName = <T>(platform: Platform, of: (entry: Platform['processes'][number]) => T): Record<string, T> =>
  Object.fromEntries(platform.processes.map((entry) => [entry.name, of(entry)]))
