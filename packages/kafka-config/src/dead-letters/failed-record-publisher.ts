import { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import type { ProducerRecord, RecordMetadata } from '../sender/producer-record.ts'
import type { ExceptionHeaderLimits } from './exception-headers.ts'
import { exceptionHeaders, isExceptionHeader } from './exception-headers.ts'
import type { FailureHeaderNames } from './failure-headers.ts'
import { originalHeaders, originalNames } from './original-headers.ts'

/** The part of KafkaSender that is needed. */
export interface RecordSender {
  send(record: ProducerRecord): Promise<RecordMetadata>
}

export interface Destination {
  readonly topic: string
  /** undefined or negative: by the key. A partition that the topic does not have: by the key, too. */
  readonly partition?: number | undefined
}

export interface FailedRecordPublisherOptions {
  readonly names: FailureHeaderNames
  /** Whether the place of this failure is added behind those of earlier ones, or only the first is kept. */
  readonly appendOriginals: boolean
  readonly limits: ExceptionHeaderLimits
}

/** What is left out of the headers, one after the other, until the record is small enough. Key, value and the record's own headers stay whole. */
const SHRINKING = ['nothing', 'stack trace', 'message', 'earlier places'] as const
type Shrinking = (typeof SHRINKING)[number]
const SHORT_MESSAGE_BYTES = 128

/**
 * Writes a failed record to another topic: key, value and headers byte for byte, then Spring's headers about the failure in its order and
 * encodings. (Spring's own copy is serialized anew and so loses type headers that the deserializer took away.)
 */
export class FailedRecordPublisher {
  readonly #sender: RecordSender
  readonly #options: FailedRecordPublisherOptions
  readonly #originalNames: ReadonlySet<string>

  constructor(sender: RecordSender, options: FailedRecordPublisherOptions) {
    this.#sender = sender
    this.#options = options
    this.#originalNames = originalNames(options.names)
  }

  /**
   * Resolves when the broker has it; `further` headers come last.
   * @throws KafkaConfigError those of KafkaSender.send; RECORD_TOO_LARGE only when nothing more could be left out
   */
  async publish(
    record: ListenerRecord,
    error: unknown,
    destination: Destination,
    groupId: string,
    further: readonly RecordHeader[] = [],
  ): Promise<RecordMetadata> {
    let { partition } = destination
    for (let shrinking = 0; ; ) {
      const headers = this.#headers(record, error, groupId, SHRINKING[shrinking] as Shrinking)
      try {
        return await this.#sender.send({
          topic: destination.topic,
          key: record.raw.key,
          value: record.raw.value,
          headers: [...headers, ...further],
          ...(partition !== undefined && partition >= 0 && { partition }),
        })
      } catch (failure) {
        const code = failure instanceof KafkaConfigError ? failure.code : undefined
        if (code === 'INVALID_PARTITION' && partition !== undefined) partition = undefined
        else if (code === 'RECORD_TOO_LARGE' && shrinking < SHRINKING.length - 1) shrinking++
        else throw failure
      }
    }
  }

  #headers(record: ListenerRecord, error: unknown, groupId: string, shrinking: Shrinking): readonly RecordHeader[] {
    const { names, limits, appendOriginals } = this.#options
    const level = SHRINKING.indexOf(shrinking)
    const why = exceptionHeaders(error, names, {
      messageBytes: level >= SHRINKING.indexOf('message') ? SHORT_MESSAGE_BYTES : limits.messageBytes,
      stackTraceBytes: level >= SHRINKING.indexOf('stack trace') ? 0 : limits.stackTraceBytes,
    })
    const where = originalHeaders(record, groupId, names)
    const kept = record.raw.headers.filter(
      ({ key }) =>
        !isExceptionHeader(key, names) &&
        !(shrinking === 'earlier places' && appendOriginals && this.#originalNames.has(key)),
    )
    const known = new Set(kept.map(({ key }) => key))
    return [...kept, ...why, ...(appendOriginals ? where : where.filter(({ key }) => !known.has(key)))]
  }
}
