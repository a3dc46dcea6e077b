import type { InboxMessage } from '@stocker/cqrs'
import type { ListenerRecord } from '@stocker/kafka-config'
import { reasonOf } from '../keep-trying.ts'
import type { UndecodableRecord } from './quarantine.ts'

/** Why a record is not a message: a code for dashboards, a sentence for people. */
export interface Undecodable {
  readonly undecodable: string
  readonly message: string
}

/**
 * Kafka record → message for the inbox. Only called with records whose bytes could be deserialized; pure. 'skip' for what is not meant for this
 * service. A thrown error counts as undecodable: it would be thrown again at each reading.
 */
export type DecodeRecord = (record: ListenerRecord) => InboxMessage | Undecodable | 'skip'

export interface DecodedBatch {
  /** Each with the record that it came in, in the order of the batch. */
  readonly records: ReadonlyMap<InboxMessage, ListenerRecord>
  readonly undecodable: readonly UndecodableRecord[]
  /** Behind an undecodable one of their key. */
  readonly held: readonly ListenerRecord[]
}

export function decodeBatch(records: readonly ListenerRecord[], decode: DecodeRecord): DecodedBatch {
  const messages = new Map<InboxMessage, ListenerRecord>()
  const undecodable: UndecodableRecord[] = []
  const held: ListenerRecord[] = []
  const waitsBehind = ({ key, topic, partition }: ListenerRecord) =>
    key !== null && undecodable.some(({ record: r }) => r.key === key && r.partition === partition && r.topic === topic)
  for (const record of records) {
    if (waitsBehind(record)) {
      held.push(record)
      continue
    }
    const decoded = decodeRecord(record, decode)
    if (decoded === 'skip') continue
    if ('undecodable' in decoded) undecodable.push({ record, code: decoded.undecodable, message: decoded.message })
    else messages.set(decoded, record)
  }
  return { records: messages, undecodable, held }
}

/** Never throws. */
export function decodeRecord(record: ListenerRecord, decode: DecodeRecord): InboxMessage | Undecodable | 'skip' {
  const { failure } = record
  if (failure !== undefined) return { undecodable: failure.code, message: failure.message }
  try {
    return decode(record)
  } catch (error) {
    return { undecodable: 'DECODER_FAILED', message: `The decoder threw: ${reasonOf(error)}` }
  }
}
