import type { LogFrame, LogLine } from './log-line.ts'

/** So many rows are kept; the oldest go. */
export const LOG_TAIL_ROWS = 2_000

export interface LogTail {
  /** The newest first. */
  readonly rows: readonly LogLine[]
  /** Since it began. */
  readonly lines: number
  readonly matched: number
  /** Of the last frame. */
  readonly oneIn: number
  /** How far it was followed without a hole. */
  readonly place: string
  readonly begun: boolean
  /** How often something was lost. */
  readonly gaps: number
}

export const logTailFrom = (rows: readonly LogLine[], place: string): LogTail => ({
  ...{ rows, place, lines: 0, matched: 0, oneIn: 1, begun: false, gaps: 0 },
})

/** What came between the tail's place and the frame's. */
export function addLogFrame(
  tail: LogTail,
  { rows, lines, matched, oneIn, place, gap }: Omit<LogFrame, 'since'>,
): LogTail {
  return {
    rows: rows.length === 0 ? tail.rows : newestFirst([...rows.toReversed(), ...tail.rows]).slice(0, LOG_TAIL_ROWS),
    lines: tail.lines + lines,
    matched: tail.matched + matched,
    oneIn,
    place,
    begun: true,
    gaps: tail.gaps + (gap ? 1 : 0),
  }
}

/** Services write their logs each for itself: one that is late brings older lines. */
const newestFirst = (rows: LogLine[]): readonly LogLine[] =>
  rows.sort((a, b) => (a.time > b.time ? -1 : a.time < b.time ? 1 : 0))
