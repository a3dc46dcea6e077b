import type { SampleStore } from '../samples/sample-store.ts'
import type { TargetOptions, TargetState } from './target.ts'
import { createTarget } from './target.ts'

export interface ScraperOptions {
  readonly store: SampleStore
  readonly targets: readonly TargetOptions[]
  /** How long a target may take. Milliseconds, default 3,000. */
  readonly timeoutMs?: number
}

export const SCRAPER_DEFAULTS = { timeoutMs: 3_000 } as const

export interface Scraper {
  /** Asks all targets at once; resolves when each has answered or failed. Never rejects: a failure is `up` 0. */
  scrape(atMs: number): Promise<void>
  targets(): readonly TargetState[]
}

export function createScraper(options: ScraperOptions): Scraper {
  const { store, timeoutMs, targets: described } = { ...SCRAPER_DEFAULTS, ...options }
  const targets = described.map((target) => createTarget(target, store))
  return {
    scrape: async (atMs) => {
      await Promise.all(targets.map((target) => target.scrape(atMs, timeoutMs)))
    },
    targets: () => targets.map((target) => target.state()),
  }
}
