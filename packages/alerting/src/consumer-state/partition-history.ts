import { neverFell } from './evaluate-partition.ts'
import type { GroupStatus, SampledPartition } from './group-sample.ts'

/** One look at one partition of a group. */
export interface Position {
  readonly atMs: number
  /** What is read next: the commit, or the start of the log where there is none yet. */
  readonly offset: bigint
  readonly lag: number
}

export interface PositionRules {
  /** Looks that a whole history holds. */
  readonly samples: number
  /** Part of them that must be there before a group can be behind or rewound. */
  readonly minimumComplete: number
  /** Records that the lag must have grown by over the history to be called growing. */
  readonly growth: number
}

export function positionOf({ committed, head, logStart }: SampledPartition, atMs: number): Position {
  // Records before the start of the log are gone: nobody waits for them.
  const offset = committed === null || committed < logStart ? logStart : committed
  return { atMs, offset, lag: Math.max(0, Number(head - offset)) }
}

/** What the last looks at one partition say, the oldest first. Whether the group is there at all is another question. */
export function statusOfHistory(history: readonly Position[], rules: PositionRules): GroupStatus {
  const first = history[0]
  const last = history.at(-1)
  if (first === undefined || last === undefined || last.lag === 0) return 'ok'
  const waitedThroughout = history.every(({ lag }) => lag > 0)
  const stood = history.every(({ offset }) => offset === first.offset)
  if (history.length >= rules.samples && waitedThroughout && stood) return 'stalled'
  if (history.length < rules.samples * rules.minimumComplete) return 'ok'
  // Burrow looks at the first step back only; a second one within the window is one, too.
  if (history.some(({ offset }) => offset > last.offset)) return 'rewound'
  const grew = last.lag - first.lag >= rules.growth && neverFell(history.map(({ lag }) => lag))
  return grew && waitedThroughout ? 'falling_behind' : 'ok'
}
