import type { DeadLetterFigures } from '@stocker/dead-letters'

const PART_MS = 5 * 60_000
const PARTS = 24

/** What a trend shows. */
export const TREND_WORDS = 'in the last 2 hours'

/** By fingerprint: how many came in each five minutes of the last two hours. */
export async function readTrends(
  figures: DeadLetterFigures,
  groups: readonly { readonly fingerprint: string }[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const fingerprints = groups.map(({ fingerprint }) => fingerprint)
  const found = await figures.trends(fingerprints, { partMs: PART_MS, parts: PARTS, until: new Date() })
  const quiet = new Array<number>(PARTS).fill(0)
  return new Map(fingerprints.map((fingerprint) => [fingerprint, found.get(fingerprint) ?? quiet]))
}
