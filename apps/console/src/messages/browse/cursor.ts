import type { Direction, LaneRange } from './browse-lane.ts'

export interface Cursor {
  readonly direction: Direction
  readonly ranges: readonly LaneRange[]
}

const CURSOR = /^(newest-first|oldest-first)((?:~\d{1,5}:\d{1,19}-\d{1,19}){1,1000})$/

/** What is left to read, as one word for an address: `newest-first~0:12-400~1:0-388`. Undefined when nothing is left. */
export function formatCursor({ direction, ranges }: Cursor): string | undefined {
  const left = ranges.filter(({ from, to }) => from < to)
  if (left.length === 0) return undefined
  return [direction, ...left.map(({ partition, from, to }) => `${partition}:${from}-${to}`)].join('~')
}

/** Undefined when it is none. */
export function parseCursor(cursor: string): Cursor | undefined {
  const [, direction, ranges = ''] = CURSOR.exec(cursor) ?? []
  if (direction === undefined) return undefined
  return {
    direction: direction as Direction,
    ranges: ranges
      .slice(1)
      .split('~')
      .map((range) => {
        const [partition = '', from = '', to = ''] = range.split(/[:-]/)
        return { partition: Number(partition), from: BigInt(from), to: BigInt(to) }
      }),
  }
}
