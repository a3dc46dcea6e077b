import type { Service } from './lifecycle.ts'

/** What V8's `gc` does when it is told to give back what it can (Node's --expose-gc); a tenth of a second for a service of the usual size, and as much again to compile anew what it threw away. */
const EVERYTHING = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const

export interface GiveBackOptions {
  readonly collect: (options: typeof EVERYTHING) => void
  readonly residentBytes: () => number
  /** How often to look. Milliseconds, default 5,000. */
  readonly intervalMs?: number
  /** Only when no event was handled or published for this long. Milliseconds, default 10,000. */
  readonly quietMs?: number
  /** Only when memory has grown by so much since the last time. Bytes, default 16 MiB. */
  readonly growthBytes?: number
  /**
   * A process that has grown again within this time needs what it takes: it is left alone for as long, then twice as long, and so on up to ten times. Milliseconds,
   * default 60,000.
   */
  readonly regrowthMs?: number
}

/**
 * Collects completely once now, and again each time when the service has grown and is quiet: V8 keeps what a start or a burst of load needed until
 * something needs as much again. Returns the function that ends it.
 */
export function giveBackMemory(service: Pick<Service, 'quietMs'>, options: GiveBackOptions): () => void {
  const { collect, residentBytes, intervalMs = 5_000, quietMs = 10_000, growthBytes = 16 * 1024 * 1024 } = options
  const { regrowthMs = 60_000 } = options
  collect(EVERYTHING)
  let after = residentBytes()
  let collectedAt = performance.now()
  let pauseMs = 0
  const timer = setInterval(() => {
    const sinceMs = performance.now() - collectedAt
    if (sinceMs < pauseMs || service.quietMs() < quietMs || residentBytes() < after + growthBytes) return
    const soonAgain = sinceMs < Math.max(regrowthMs, 2 * pauseMs)
    pauseMs = soonAgain ? Math.min(Math.max(regrowthMs, 2 * pauseMs), 10 * regrowthMs) : 0
    collect(EVERYTHING)
    after = residentBytes()
    collectedAt = performance.now()
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
