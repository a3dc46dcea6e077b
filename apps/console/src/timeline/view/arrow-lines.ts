/** One row of the picture: a step, or what is expected. */
export interface ArrowRow {
  readonly id: string
  /** From 0. */
  readonly lane: number
  /** The row that it follows from, above it; null: none that is shown. */
  readonly cause: string | null
}

/** The vertical part of an arrow in one row. */
export interface Trunk {
  readonly lane: number
  readonly track: number
  /** from: begins here. through: goes on. to: ends here. */
  readonly part: 'from' | 'through' | 'to'
}

/** The horizontal part, in the row that the arrow leads to. */
export interface Branch {
  readonly from: number
  readonly to: number
  readonly track: number
}

export interface RowLines {
  readonly trunks: readonly Trunk[]
  readonly branch: Branch | null
}

/** Side by side in one lane. More arrows than that share the last one. */
export const TRACKS = 3

/**
 * Where the arrows run: from what caused something straight down its lane to the row of what it caused, then across. All that follows from one step shares
 * one line down. Row by row, so that a row may be of any height.
 */
export function arrowLines(rows: readonly ArrowRow[]): readonly RowLines[] {
  const index = new Map(rows.map(({ id }, at) => [id, at]))
  const targets = Map.groupBy(
    rows.flatMap(({ cause }, at) => {
      const from = cause === null ? undefined : index.get(cause)
      return from === undefined || from >= at ? [] : [{ from, at }]
    }),
    ({ from }) => from,
  )
  const lines = rows.map(() => ({ trunks: [] as Trunk[], branch: null as Branch | null }))
  const busyUntil: number[][] = []
  for (const [from, branches] of [...targets].sort(([a], [b]) => a - b)) {
    const lane = rows[from]?.lane ?? 0
    const until = Math.max(...branches.map(({ at }) => at))
    busyUntil[lane] ??= []
    const tracks = busyUntil[lane]
    const track = Math.min(freeTrack(tracks, from), TRACKS - 1)
    tracks[track] = until
    for (let at = from; at <= until; at += 1) {
      lines[at]?.trunks.push({ lane, track, part: at === from ? 'from' : at === until ? 'to' : 'through' })
    }
    for (const { at } of branches) {
      const line = lines[at]
      if (line !== undefined) line.branch = { from: lane, to: rows[at]?.lane ?? 0, track }
    }
  }
  return lines
}

function freeTrack(busyUntil: readonly number[], from: number): number {
  const free = busyUntil.findIndex((until) => until <= from)
  return free < 0 ? busyUntil.length : free
}
