/** A message from elsewhere, already decoded. */
export interface InboxMessage {
  /** Unique per sender; a message with the id of an earlier one is the earlier one again. */
  readonly id: string
  readonly type: string
  /** Messages of one key and source partition are handled in order. null: no order is kept. */
  readonly key: string | null
  readonly data: unknown
  readonly correlationId: string
  readonly causationId?: string | null
  readonly traceparent?: string
  /** When it happened, ISO 8601; for sagas. Default: when it is handled. */
  readonly occurredAt?: string
  readonly source: {
    readonly topic: string
    readonly partition: number
    readonly offset: bigint
    /** Of the record: milliseconds since 1970. Kept for the trail; default: not known. */
    readonly timestamp?: bigint
  }
}
