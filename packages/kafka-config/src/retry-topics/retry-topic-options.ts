import type { BackOff } from '../client/wait.ts'
import type { RetryTopicSettings } from '../config/settings.ts'
import type { RecordSender } from '../dead-letters/failed-record-publisher.ts'
import type { ErrorKind } from '../error-handling/exception-classifier.ts'
import { KafkaConfigError } from '../errors.ts'
import type { RecordListener } from '../listener/each-record.ts'

/** Spring's TopicSuffixingStrategy: retry topics are told apart by their delay, or by their number. */
export const TOPIC_SUFFIXINGS = ['delay', 'index'] as const
export type TopicSuffixing = (typeof TOPIC_SUFFIXINGS)[number]

/** Spring's SameIntervalTopicReuseStrategy: what follows with the same delay stays in one topic, or each attempt has its own. */
export const SAME_INTERVAL_REUSES = ['single', 'multiple'] as const
export type SameIntervalReuse = (typeof SAME_INTERVAL_REUSES)[number]

/** Spring's DltStrategy: what becomes of a dead letter that its listener cannot handle, or that there are no dead letters. */
export const DLT_STRATEGIES = ['always-retry-on-error', 'fail-on-error', 'no-dlt'] as const
export type DltStrategy = (typeof DLT_STRATEGIES)[number]

/**
 * What is not given is as with @RetryableTopic, or, with spring.kafka.retry.topic.enabled=true, as those keys say and Spring Boot does (suffixing by index).
 * Errors that no retry can mend go to the dead letters at once: see `classifier` of the error handler, whose `backOff` here is for retries in place,
 * before a record goes to the next topic; none by default.
 */
export interface RetryTopicOptions {
  /** Writes to retry topics and dead letters. */
  readonly sender: RecordSender
  /** Deliveries, the first one included. Default 3. */
  readonly attempts?: number
  /** Delays of the retry topics, at most a day. Default 1000 ms each time; with a multiplier up to maxMs, default 30 s. */
  readonly backOff?: Partial<BackOff>
  /** No further retry later than this after the record's own time. Milliseconds, default no limit. */
  readonly timeoutMs?: number
  /** Default `-retry`. Listeners of one topic that are to have their own retry topics need a suffix each. */
  readonly retryTopicSuffix?: string
  /** Default `-dlt`. */
  readonly dltSuffix?: string
  /** Default `delay`. */
  readonly topicSuffixing?: TopicSuffixing
  /** Default `single`. */
  readonly sameIntervalReuse?: SameIntervalReuse
  /** Default `always-retry-on-error`. */
  readonly dltStrategy?: DltStrategy
  /** Errors with dead letters of their own, by what comes between the topic's name and `dltSuffix`: `{ '-declined': [CardDeclined] }`. */
  readonly dltRouting?: Readonly<Record<string, readonly ErrorKind[]>>
  /** Handles the dead letters, in the consumer of the retry topics (Spring's @DltHandler). Default none: they stay in their topic. */
  readonly dltListener?: RecordListener
  /** Whether missing topics are created, with as many partitions as the source has. Default true. */
  readonly autoCreateTopics?: boolean
  /** Replicas of topics that are created. Default: the broker's. */
  readonly replicas?: number
}

export const RETRY_TOPIC_DEFAULTS = {
  attempts: 3,
  backOff: { initialMs: 1000, maxMs: 30_000, multiplier: 1 },
  timeoutMs: Number.POSITIVE_INFINITY,
  retryTopicSuffix: '-retry',
  dltSuffix: '-dlt',
  topicSuffixing: 'delay',
  sameIntervalReuse: 'single',
  dltStrategy: 'always-retry-on-error',
  dltRouting: {},
  autoCreateTopics: true,
} as const

export type RetryTopicPlan = Required<Omit<RetryTopicOptions, 'dltListener' | 'replicas' | 'backOff'>> & {
  readonly dltListener?: RecordListener
  readonly replicas?: number
  /** One per retry. Milliseconds. */
  readonly delaysMs: readonly number[]
}

/** Readers take no due time for true that is further away. Milliseconds. */
export const LONGEST_DELAY_MS = 24 * 60 * 60 * 1000
/** What `retry_topic-attempts` can say. */
const MOST_ATTEMPTS = 32_767

/** @throws KafkaConfigError INVALID_VALUE */
export function retryTopicPlan(options: RetryTopicOptions, settings: RetryTopicSettings | undefined): RetryTopicPlan {
  const { backOff: ownBackOff, ...own } = options
  const plan = {
    ...RETRY_TOPIC_DEFAULTS,
    ...(settings && { attempts: settings.attempts, topicSuffixing: 'index' as const }),
    ...own,
  }
  const backOff = { ...RETRY_TOPIC_DEFAULTS.backOff, ...settings?.backOff, ...ownBackOff }
  const wrong = (what: string) => new KafkaConfigError('INVALID_VALUE', `Retry topics need ${what}`)
  if (!(Number.isInteger(plan.attempts) && plan.attempts >= 1 && plan.attempts <= MOST_ATTEMPTS))
    throw wrong(`attempts from 1 to ${MOST_ATTEMPTS}, not ${plan.attempts}`)
  if (!(backOff.initialMs >= 0 && backOff.initialMs <= LONGEST_DELAY_MS))
    throw wrong(`an initialMs from 0 to ${LONGEST_DELAY_MS}, not ${backOff.initialMs}`)
  if (!(backOff.multiplier >= 1)) throw wrong(`a multiplier from 1, not ${backOff.multiplier}`)
  if (!(backOff.multiplier === 1 || (backOff.maxMs >= backOff.initialMs && backOff.maxMs <= LONGEST_DELAY_MS)))
    throw wrong(`a maxMs from initialMs (${backOff.initialMs}) to ${LONGEST_DELAY_MS}, not ${backOff.maxMs}`)
  return { ...plan, delaysMs: delays(backOff, plan.attempts - 1) }
}

/** In whole milliseconds, each made from the one before as Spring does it: the names of the topics depend on it. */
function delays({ initialMs, maxMs, multiplier }: BackOff, count: number): readonly number[] {
  const all: number[] = []
  for (let delay = Math.trunc(initialMs); all.length < count; ) {
    all.push(delay)
    if (multiplier > 1) delay = Math.min(Math.trunc(delay * multiplier), maxMs)
  }
  return all
}
