/** What Burrow says of one partition of a group. */
export const PARTITION_STATUSES = ['OK', 'WARN', 'STALL', 'STOP', 'REWIND'] as const
export type PartitionStatus = (typeof PARTITION_STATUSES)[number]

export interface Commit {
  readonly offset: bigint
  /** When it was committed, or seen. Milliseconds since 1970. */
  readonly timestampMs: number
  /** Records between it and the end of the partition at that time; null where nobody knows. */
  readonly lag: number | null
}

/** What is known of one partition of a group; the oldest first. */
export interface PartitionWindow {
  readonly commits: readonly Commit[]
  /** Ends of the partition, as they were seen in about the same time. */
  readonly heads: readonly bigint[]
  /** Records behind the end now. */
  readonly currentLag: number
}

export interface EvaluationOptions {
  /** Commits that a whole window holds. Default 10. */
  readonly intervals?: number
  /** A lag that is no trouble. Records, default 0. */
  readonly allowedLag?: number
  /** Part of the window that must be filled before anything but OK is said; 0 to 1, default 0. One commit alone looks like a stop: take 0.5 or more. */
  readonly minimumComplete?: number
}

export const EVALUATION_DEFAULTS = { intervals: 10, allowedLag: 0, minimumComplete: 0 } as const

/**
 * Burrow's rules (linkedin/Burrow, core/internal/evaluator/caching.go): no limit of lag has to be chosen, only how the commits of the last minutes
 * look. The first rule that fits decides, and their order is part of them.
 */
export function evaluatePartition(
  { commits, heads, currentLag }: PartitionWindow,
  nowMs: number,
  options: EvaluationOptions = {},
): PartitionStatus {
  const { intervals, allowedLag, minimumComplete } = { ...EVALUATION_DEFAULTS, ...options }
  const first = commits[0]
  const last = commits.at(-1)
  if (first === undefined || last === undefined) return 'OK'
  if (commits.length / intervals < minimumComplete || currentLag <= allowedLag) return 'OK'
  const silentMs = nowMs - last.timestampMs
  const reachedAHead = heads.some((head) => head <= last.offset)
  if (silentMs > last.timestampMs - first.timestampMs && !reachedAHead) return 'STOP'
  if (isRewound(commits)) return 'REWIND'
  if (commits.some(({ lag }) => lag !== null && lag <= allowedLag)) return 'OK'
  if (commits.every(({ offset }) => offset === first.offset)) return 'STALL'
  return neverFell(commits.flatMap(({ lag }) => (lag === null ? [] : [lag]))) ? 'WARN' : 'OK'
}

/** The first step back counts, and only until a later commit is where the one before it had been. */
function isRewound(commits: readonly Commit[]): boolean {
  const back = commits.findIndex(({ offset }, index) => offset < (commits[index - 1]?.offset ?? offset))
  const before = commits[back - 1]
  return before !== undefined && commits.slice(back).every(({ offset }) => offset < before.offset)
}

export function neverFell(lags: readonly number[]): boolean {
  return lags.every((lag, index) => lag >= (lags[index - 1] ?? lag))
}
