import type { BrowseEnd, BrowseLimits, BrowseProgress, Miss } from './browse/browse.ts'
import { MISSES } from './browse/browse.ts'
import type { Direction } from './browse/browse-lane.ts'

/** What a search reads, ready to be JSON. */
export interface SearchScope {
  readonly topic: string
  readonly direction: Direction
  /** Of the topic. */
  readonly partitions: number
  /** Those that are read. */
  readonly reads: readonly number[]
  /** Set when only the partition of the key is read. */
  readonly partitionOfKey?: number
  /** How many records that is at most. */
  readonly records: number
}

const LIMIT_WORDS: Readonly<Record<keyof BrowseLimits, string>> = {
  records: 'as many records as one search may',
  bytes: 'as many bytes as one search may',
  elapsedMs: 'for as long as one search may',
}

const MISS_WORDS: Readonly<Record<Miss, string>> = {
  key: 'have another key',
  type: 'are of another type',
  header: 'have no such header',
  filter: 'do not fulfil the filter',
  unreadable: 'hold no JSON whose fields could be compared',
}

/** One or two sentences for people: what was read, why it is not more, and why nothing was found where nothing was. */
export function explainSearch(
  scope: SearchScope,
  { end, matched, records, missed }: BrowseProgress & { readonly end: BrowseEnd },
): string {
  const place = placeOf(scope)
  if (scope.records === 0) return `There is nothing to read in ${place}.`
  const read = `Read ${count(records)} of ${place}`
  const until = end === 'limit' || end === 'end' ? '' : `, ${LIMIT_WORDS[end]}; there is more to read`
  if (matched > 0) {
    return `${read}${until}: ${matched} shown${end === 'end' ? ', no more found' : ''}.`
  }
  const misses = MISSES.filter((miss) => missed[miss] > 0).map(
    (miss) => `${missed[miss].toLocaleString('en')} ${MISS_WORDS[miss]}`,
  )
  const why = misses.length === 0 ? '' : `: ${misses.join(', ')}`
  const other =
    scope.partitionOfKey === undefined
      ? ''
      : ` Only partition ${scope.partitionOfKey} was read, where Kafka’s partitioner puts this key; a producer with another one may have put it elsewhere.`
  return `${read}${until} and found none${why}.${other}`
}

function placeOf({ topic, reads, partitions, direction }: SearchScope): string {
  const order = direction === 'newest-first' ? 'the newest first' : 'the oldest first'
  const which =
    reads.length === partitions
      ? ''
      : ` ${reads.length === 1 ? `partition ${reads[0]}` : `${reads.length} partitions`},`
  return `${topic},${which} ${order}`
}

const count = (records: number): string => `${records.toLocaleString('en')} record${records === 1 ? '' : 's'}`
