import type { ListenerRecord, OffsetRange, ReadPiece } from '@stocker/kafka-config'
import type { Direction, LaneRange, Placed } from './browse-lane.ts'
import { BrowseLane, nextLane } from './browse-lane.ts'
import { formatCursor } from './cursor.ts'

export interface BrowseLimits {
  /** So many records are read at most. */
  readonly records: number
  /** So many bytes of answers of the broker. */
  readonly bytes: number
  /** Milliseconds. */
  readonly elapsedMs: number
}

export const BROWSE_LIMITS: BrowseLimits = { records: 200_000, bytes: 128 * 1024 * 1024, elapsedMs: 15_000 }

/** Why a record is not shown: the first condition that it does not fulfil. `unreadable`: a condition is about a field, and the value is no JSON. */
export const MISSES = ['key', 'type', 'header', 'filter', 'unreadable'] as const
export type Miss = (typeof MISSES)[number]

export interface BrowseProgress {
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
  readonly matched: number
  /** How many were not shown, and why. */
  readonly missed: Readonly<Record<Miss, number>>
}

/**
 * - limit: as many as were asked for are found
 * - end: everything that was to be read is read
 * - records, bytes, elapsedMs: one of the limits is reached
 */
export type BrowseEnd = 'limit' | 'end' | keyof BrowseLimits

export type BrowseEvent<M> =
  | { readonly kind: 'message'; readonly message: M }
  | ({ readonly kind: 'progress' } & BrowseProgress)
  | ({ readonly kind: 'done'; readonly end: BrowseEnd; readonly cursor: string | undefined } & BrowseProgress)

export interface BrowseOptions<M> {
  readonly topic: string
  readonly ranges: readonly LaneRange[]
  readonly direction: Direction
  /** At most so many are shown. */
  readonly limit: number
  readonly limits: BrowseLimits
  /** The record as it is shown, or why it is not. */
  readonly choose: (record: ListenerRecord) => M | Miss
  readonly read: (ranges: readonly OffsetRange[]) => AsyncIterable<ReadPiece>
  /** Milliseconds, from any beginning. */
  readonly clock: () => number
}

const PROGRESS_EVERY_MS = 250
const FIRST_WINDOW = 100
const LARGEST_WINDOW = 5_000

/**
 * Reads parts of several partitions as one list by the records' time, and gives out what is chosen as it is found. Each partition is read in windows, which grow
 * while nothing is found, so that the newest records of a long topic are there at once.
 */
export async function* browse<M extends Placed>(options: BrowseOptions<M>): AsyncGenerator<BrowseEvent<M>> {
  const { topic, direction, limit, limits, clock } = options
  const startedAt = clock()
  const lanes = options.ranges.map((range) => new BrowseLane<M>(range, direction))
  const missed: Record<Miss, number> = { key: 0, type: 0, header: 0, filter: 0, unreadable: 0 }
  let records = 0
  let bytes = 0
  let matched = 0
  let toldAt = startedAt
  let size = Math.max(FIRST_WINDOW, Math.ceil(limit / Math.max(1, lanes.length)))
  const progress = () => ({
    records,
    bytes,
    elapsedMs: Math.round(clock() - startedAt),
    matched,
    missed: { ...missed },
  })
  const reached = (): keyof BrowseLimits | undefined =>
    records >= limits.records
      ? 'records'
      : bytes >= limits.bytes
        ? 'bytes'
        : clock() - startedAt >= limits.elapsedMs
          ? 'elapsedMs'
          : undefined
  const done = (end: BrowseEnd): BrowseEvent<M> => ({
    kind: 'done',
    end,
    cursor: formatCursor({ direction, ranges: lanes.map(({ rest }) => rest) }),
    ...progress(),
  })

  for (;;) {
    const limitReached = reached()
    const behind = limitReached ? [] : lanes.filter((lane) => lane.head === undefined && !lane.readWhole)
    if (behind.length > 0) {
      // By time, nothing may be given out before each partition's next one is known.
      const windows = new Map(behind.map((lane) => [lane.partition, lane.window(size)]))
      const found = new Map<number, M[]>(behind.map(({ partition }) => [partition, []]))
      for await (const piece of options.read([...windows.values()].map((window) => ({ topic, ...window })))) {
        records += piece.records.length
        bytes += piece.bytes
        for (const record of piece.records) {
          const chosen = options.choose(record)
          if (typeof chosen === 'string') missed[chosen]++
          else found.get(record.partition)?.push(chosen)
        }
        if (clock() - toldAt >= PROGRESS_EVERY_MS) {
          toldAt = clock()
          yield { kind: 'progress', ...progress() }
        }
      }
      for (const lane of behind) lane.add(windows.get(lane.partition) as LaneRange, found.get(lane.partition) ?? [])
      size = Math.min(LARGEST_WINDOW, size * 2)
      continue
    }
    const message = nextLane(lanes, direction)?.take()
    if (message === undefined) {
      yield done(limitReached ?? 'end')
      return
    }
    matched++
    yield { kind: 'message', message }
    if (matched === limit) {
      yield done(lanes.every(({ head, readWhole }) => head === undefined && readWhole) ? 'end' : 'limit')
      return
    }
  }
}
