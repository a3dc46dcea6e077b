import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import type { Recoverer, RecoveryContext } from '../error-handling/recoverer.ts'
import { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import type { TopicDeclaration } from '../topics/topic-declaration.ts'
import type { Destination, RecordSender } from './failed-record-publisher.ts'
import { FailedRecordPublisher } from './failed-record-publisher.ts'
import { DEAD_LETTER_HEADERS } from './failure-headers.ts'

export interface DeadLetterOptions {
  /** Added to the topic's name. Default `-dlt`, Spring's since 3.3; `.DLT` before. */
  readonly suffix?: string
  /** Another place than the partition of the same number in the topic with the suffix; undefined: none, see `throwIfNoDestination`. */
  readonly destinationResolver?: (record: ListenerRecord, error: unknown) => Destination | undefined
  /** Whether a record without destination is not recovered and comes again, or is skipped with a line in the log. Default false. */
  readonly throwIfNoDestination?: boolean
  /** Whether a record of the dead-letter topic itself that fails for good is skipped; it would come round for ever. Default true. */
  readonly skipSameTopicFatal?: boolean
  /** Whether a record that fails once more gets the new place behind the earlier ones (the last one counts), or keeps only the first. Default true. */
  readonly appendOriginalHeaders?: boolean
  /** Headers of your own, behind all others. */
  readonly headers?: (record: ListenerRecord, error: unknown) => readonly RecordHeader[]
  /** Longest stack trace in the headers, 0 for none. Bytes, default 4096. */
  readonly maxStackTraceBytes?: number
  /** Longest message in the headers. Bytes, default 1024. */
  readonly maxMessageBytes?: number
  /** Default silent. */
  readonly logger?: Logger
}

export const DEAD_LETTER_DEFAULTS = {
  suffix: '-dlt',
  throwIfNoDestination: false,
  skipSameTopicFatal: true,
  appendOriginalHeaders: true,
  maxStackTraceBytes: 4096,
  maxMessageBytes: 1024,
} as const

/** Spring's DeadLetterPublishingRecoverer: the record goes to `<topic>-dlt`, and is recovered when the broker has it there. */
export class DeadLetterPublishingRecoverer implements Recoverer {
  readonly #options: DeadLetterOptions & typeof DEAD_LETTER_DEFAULTS
  readonly #publisher: FailedRecordPublisher
  readonly #logger: Logger

  constructor(sender: RecordSender, options: DeadLetterOptions = {}) {
    const completed = { ...DEAD_LETTER_DEFAULTS, ...options } as DeadLetterOptions & typeof DEAD_LETTER_DEFAULTS
    this.#options = completed
    this.#publisher = new FailedRecordPublisher(sender, {
      names: DEAD_LETTER_HEADERS,
      appendOriginals: completed.appendOriginalHeaders,
      limits: { messageBytes: completed.maxMessageBytes, stackTraceBytes: completed.maxStackTraceBytes },
    })
    this.#logger = options.logger ?? silentLogger
  }

  /** @throws KafkaConfigError those of KafkaSender.send; SEND_FAILED without destination and with `throwIfNoDestination` */
  async recover(record: ListenerRecord, error: unknown, { groupId, fatal }: RecoveryContext): Promise<void> {
    const { suffix, destinationResolver, throwIfNoDestination, skipSameTopicFatal, headers } = this.#options
    const destination = destinationResolver
      ? destinationResolver(record, error)
      : { topic: `${record.topic}${suffix}`, partition: record.partition }
    const place = { groupId, partition: partitionName(record), offset: String(record.offset) }
    if (destination === undefined) {
      if (throwIfNoDestination) {
        throw new KafkaConfigError(
          'SEND_FAILED',
          `No destination for the failed record ${place.partition}@${place.offset}`,
          { cause: error },
        )
      }
      this.#logger.warn({ ...place, err: error }, 'a failed record has no destination and is skipped')
      return
    }
    if (skipSameTopicFatal && fatal && destination.topic === record.topic) {
      this.#logger.error(
        { ...place, err: error },
        'a dead letter failed for good and is skipped; it stays in its topic',
      )
      return
    }
    await this.#publisher.publish(record, error, destination, groupId, headers?.(record, error))
  }
}

/** The dead-letter topics of topics, with as many partitions as they have: for KafkaTopicConfig. */
export function deadLetterTopics(
  topics: readonly string[],
  { suffix = DEAD_LETTER_DEFAULTS.suffix, replicas }: { readonly suffix?: string; readonly replicas?: number } = {},
): TopicDeclaration[] {
  return topics.map((topic) => ({
    name: `${topic}${suffix}`,
    partitionsOf: topic,
    ...(replicas !== undefined && { replicas }),
  }))
}
