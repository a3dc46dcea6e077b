import type { Cursor } from './browse/cursor.ts'
import type { StartPlace } from './browse/start-place.ts'
import type { FilterTerm } from './filter/parse-filter.ts'

/** What somebody wants to see of a topic. All conditions must hold; they are about what the viewer may see, never about what is masked. */
export interface MessageQuery {
  readonly topic: string
  readonly start: StartPlace
  /** Only records older than this. Milliseconds since 1970. */
  readonly until: number | undefined
  /** Goes on where another page ended, instead of `start` and `until`. */
  readonly cursor: Cursor | undefined
  readonly partition: number | undefined
  readonly key: string | undefined
  /** With a key, all partitions are read instead of the one where Kafka's partitioner puts it. */
  readonly everyPartition: boolean
  readonly type: string | undefined
  /** A header of that name, with that text in it if there is one. */
  readonly header: { readonly name: string; readonly text: string | undefined } | undefined
  readonly filter: readonly FilterTerm[]
  readonly limit: number
}
