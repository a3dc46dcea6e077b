import type { RecordSender } from '../dead-letters/failed-record-publisher.ts'
import { DEAD_LETTER_HEADERS } from '../dead-letters/failure-headers.ts'
import { originOf } from '../dead-letters/original-headers.ts'
import { decodeInt64, lastHeader } from '../headers.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import { redriveOf, redriveTopicOf } from './redrive-headers.ts'
import { encodeRedriveResult, REDRIVE_RESULTS_TOPIC } from './redrive-result.ts'

export interface RedriveOptions {
  /** Writes the confirmations. */
  readonly sender: RecordSender
  /** Partitions of the group's redrive topic, which is created when it is missing. Default: the broker's num.partitions. */
  readonly partitions?: number
  /** Default: the broker's default.replication.factor. */
  readonly replicas?: number
  /** Topic of the confirmations; created when it is missing. Default `redrive-results`. */
  readonly resultsTopic?: string
}

/** The dead letters of one consumer group that are sent again. */
export class RedrivenRecords {
  readonly topic: string
  readonly resultsTopic: string
  readonly #groupId: string
  readonly #sender: RecordSender
  readonly #deserializer: Deserializer

  constructor(groupId: string, { sender, resultsTopic }: RedriveOptions, deserializer: Deserializer) {
    this.topic = redriveTopicOf(groupId)
    this.resultsTopic = resultsTopic ?? REDRIVE_RESULTS_TOPIC
    this.#groupId = groupId
    this.#sender = sender
    this.#deserializer = deserializer
  }

  /**
   * The record as it was when it failed: topic, partition, offset and time, and its value read by the rules of that topic. Any other record, and one
   * that does not say where it comes from, stays itself.
   */
  asOriginal(record: ListenerRecord): ListenerRecord {
    if (record.topic !== this.topic) return record
    const { raw, key } = record
    const { topic, partition, offset } = originOf({ ...record, headers: raw.headers })
    if (topic === this.topic) return record
    const time = lastHeader(raw.headers, DEAD_LETTER_HEADERS.originalTimestamp)?.value
    const timestamp = time?.length === 8 ? decodeInt64(time) : record.timestamp
    const { value, typeId, headers, failure } = this.#deserializer.deserialize(topic, raw.headers, raw.value)
    return {
      topic,
      partition,
      offset,
      timestamp,
      timestampType: record.timestampType,
      key,
      headers,
      raw,
      value,
      typeId,
      failure,
    }
  }

  /** Tells that the listener has handled those of the records that were sent again. @throws KafkaConfigError those of the sender */
  async confirm(records: readonly ListenerRecord[]): Promise<void> {
    const results = records.flatMap(({ raw }) => {
      const redrive = redriveOf(raw.headers)
      return redrive ? [encodeRedriveResult(this.resultsTopic, { ...redrive, groupId: this.#groupId })] : []
    })
    await Promise.all(results.map((result) => this.#sender.send(result)))
  }
}
