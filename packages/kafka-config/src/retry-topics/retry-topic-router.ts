import type { Logger } from '../client/logger.ts'
import { DEAD_LETTER_DEFAULTS } from '../dead-letters/dead-letter-publishing-recoverer.ts'
import { FailedRecordPublisher } from '../dead-letters/failed-record-publisher.ts'
import { RETRY_FLOW_HEADERS } from '../dead-letters/failure-headers.ts'
import type { Recoverer, RecoveryContext } from '../error-handling/recoverer.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import type { DestinationChain } from './destination-chain.ts'
import { attemptsOf, originalTimestampOf, retryHeaders, withoutRetryHeaders } from './retry-headers.ts'
import type { RetryTopicPlan } from './retry-topic-options.ts'

export interface NextDestination {
  readonly topic: string
  /** From the failure on. Milliseconds. */
  readonly delayMs: number
}

/** A dead letter that fails comes again after the longest delay of its chain. (Spring's comes again at once, and so runs in circles.) */
const DEAD_LETTER_DELAY_MS = 1000

export type RoutingPlan = Pick<RetryTopicPlan, 'attempts' | 'timeoutMs' | 'dltStrategy' | 'delaysMs'>

export interface FailedDelivery {
  readonly error: unknown
  readonly fatal: boolean
  /** When it failed, milliseconds since 1970. */
  readonly now: number
}

/** Spring's DestinationTopicResolver: where a record goes that failed; undefined: nowhere, it is passed over. */
export function nextDestination(
  chain: DestinationChain,
  plan: RoutingPlan,
  record: Pick<ListenerRecord, 'topic' | 'timestamp' | 'raw'>,
  { error, fatal, now }: FailedDelivery,
): NextDestination | undefined {
  if (chain.deadLetterTopics.includes(record.topic)) {
    if (plan.dltStrategy !== 'always-retry-on-error' || fatal) return undefined
    return { topic: record.topic, delayMs: plan.delaysMs.at(-1) ?? DEAD_LETTER_DELAY_MS }
  }
  const inTime = now <= Number(originalTimestampOf(record)) + plan.timeoutMs
  const next = chain.after(record.topic)
  if (next && attemptsOf(record.raw.headers) < plan.attempts && !fatal && inTime) {
    return { topic: next.name, delayMs: next.delayMs }
  }
  const topic = chain.deadLetterTopicFor(error)
  return topic === undefined ? undefined : { topic, delayMs: 0 }
}

/** Sends what failed to the next retry topic or to the dead letters, as a @RetryableTopic does: names, headers and encodings are Spring's. */
export class RetryTopicRouter implements Recoverer {
  readonly keepsOrder = false
  readonly #chains = new Map<string, DestinationChain>()
  readonly #plan: RetryTopicPlan
  readonly #publisher: FailedRecordPublisher
  readonly #logger: Logger

  constructor(chains: readonly DestinationChain[], plan: RetryTopicPlan, logger: Logger) {
    for (const chain of chains) for (const topic of [chain.mainTopic, ...chain.topics]) this.#chains.set(topic, chain)
    this.#plan = plan
    this.#publisher = new FailedRecordPublisher(plan.sender, {
      names: RETRY_FLOW_HEADERS,
      appendOriginals: false,
      limits: {
        messageBytes: DEAD_LETTER_DEFAULTS.maxMessageBytes,
        stackTraceBytes: DEAD_LETTER_DEFAULTS.maxStackTraceBytes,
      },
    })
    this.#logger = logger
  }

  /** @throws KafkaConfigError those of KafkaSender.send */
  async recover(record: ListenerRecord, error: unknown, { groupId, fatal }: RecoveryContext): Promise<void> {
    const now = Date.now()
    const chain = this.#chains.get(record.topic) as DestinationChain
    const next = nextDestination(chain, this.#plan, record, { error, fatal, now })
    const place = { groupId, partition: partitionName(record), offset: String(record.offset) }
    if (!next) {
      this.#logger.error({ ...place, err: error }, 'a failed record has nowhere to go and is passed over')
      return
    }
    const headers = retryHeaders(attemptsOf(record.raw.headers) + 1, originalTimestampOf(record), now + next.delayMs)
    const { topic } = next
    // A dead letter may come round without end: its headers shall not grow each time.
    const sent =
      topic === record.topic && chain.deadLetterTopics.includes(topic) ? withFreshRetryHeaders(record) : record
    await this.#publisher.publish(sent, error, { topic, partition: record.partition }, groupId, headers)
    this.#logger.debug({ ...place, to: next.topic, delayMs: next.delayMs }, 'a failed record was sent on')
  }
}

function withFreshRetryHeaders(record: ListenerRecord): ListenerRecord {
  const { raw } = record
  return { ...record, raw: { ...raw, headers: withoutRetryHeaders(raw.headers) } }
}
