import { DEAD_LETTER_HEADERS, REDRIVE_HEADERS, RETRY_FLOW_HEADERS, TYPE_ID_HEADER } from '@stocker/kafka-config'
import { MASK } from './mask-payload.ts'

export interface HeaderView {
  readonly key: string
  readonly text?: string
  readonly base64?: string
}

/** Of both ways to the dead letters; a key that cannot be read has a set of its own, in Spring. */
const namesOf = (...which: readonly (keyof typeof DEAD_LETTER_HEADERS)[]): readonly string[] =>
  [DEAD_LETTER_HEADERS, RETRY_FLOW_HEADERS]
    .flatMap((names) => which.map((name) => names[name]))
    .flatMap((name) => [name, name.replace('exception-', 'key-exception-')])

/** What errors say, which may quote values. */
const ERROR_TEXTS: ReadonlySet<string> = new Set(namesOf('exceptionMessage', 'exceptionStacktrace'))

/** Where a record comes from, and what it is: set by the platform and by Spring, never from a payload. */
const PLAIN: ReadonlySet<string> = new Set([
  ...namesOf(
    'originalTopic',
    'originalPartition',
    'originalOffset',
    'originalTimestamp',
    'originalTimestampType',
    'originalConsumerGroup',
    'exceptionFqcn',
    'exceptionCauseFqcn',
  ),
  ...Object.values(REDRIVE_HEADERS),
  TYPE_ID_HEADER,
  'traceparent',
  'kafka_deliveryAttempt',
  'retry_topic-attempts',
  'retry_topic-backoff-timestamp',
  'retry_topic-original-timestamp',
])
/** Class names, topics, groups, trace ids. */
const PLAIN_VALUE = /^[\w.$:-]{0,300}$/
const HEADER_NAME = /^[\w.-]{1,100}$/

/** A header as somebody sees it who must not see personal values; `text` is what they see of what an error says. */
export function maskHeader({ key, text, base64 }: HeaderView, textOfError: (text: string) => string): HeaderView {
  if (text !== undefined && ERROR_TEXTS.has(key)) return { key, text: textOfError(text) }
  if (!PLAIN.has(key)) return { key: HEADER_NAME.test(key) ? key : MASK, text: MASK }
  if (base64 !== undefined) return { key, base64 }
  return { key, text: text !== undefined && PLAIN_VALUE.test(text) ? text : MASK }
}
