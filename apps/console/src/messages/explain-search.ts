import type { BrowseEnd, BrowseLimits, BrowseProgress, Miss } from './browse/browse.ts'
import { MISSES } from './browse/browse.ts'
import type { SearchPlan } from './message-search.ts'

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
  plan: SearchPlan,
  { end, matched, records, missed }: BrowseProgress & { readonly end: BrowseEnd },
): string {
  const place = placeOf(plan)
  if (plan.records === 0) return `There is nothing to read in ${place}.`
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
    plan.partitionOfKey === undefined
      ? ''
      : ` Only partition ${plan.partitionOfKey} was read, where Kafka’s partitioner puts this key; a producer with another one may have put it elsewhere.`
  return `${read}${until} and found none${why}.${other}`
}

function placeOf({ topic, ranges, partitions, direction }: SearchPlan): string {
  const order = direction === 'newest-first' ? 'the newest first' : 'the oldest first'
  const which =
    ranges.length === partitions
      ? ''
      : ` ${ranges.length === 1 ? `partition ${ranges[0]?.partition}` : `${ranges.length} partitions`},`
  return `${topic},${which} ${order}`
}

const count = (records: number): string => `${records.toLocaleString('en')} record${records === 1 ? '' : 's'}`
