import type { TailFrame, TailRow } from './tail-row.ts'

/** So many rows are kept; the oldest go. */
export const TAIL_ROWS = 2_000

export interface Tail {
  /** The newest first. */
  readonly rows: readonly TailRow[]
  /** Since it began. */
  readonly records: number
  readonly matched: number
  /** Of the last frame. */
  readonly oneIn: number
  /** Whether the topic is being read. */
  readonly begun: boolean
  /** How often something was lost on the way to the browser. */
  readonly gaps: number
}

export const EMPTY_TAIL: Tail = { rows: [], records: 0, matched: 0, oneIn: 1, begun: false, gaps: 0 }

export function addFrame(tail: Tail, { rows, records, matched, oneIn }: TailFrame): Tail {
  return {
    rows: rows.length === 0 ? tail.rows : [...rows.toReversed(), ...tail.rows].slice(0, TAIL_ROWS),
    records: tail.records + records,
    matched: tail.matched + matched,
    oneIn,
    begun: true,
    gaps: tail.gaps,
  }
}
