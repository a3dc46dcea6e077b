/** Where an event came from, carried unchanged from the first request to the last consequence. */
export interface EventMetadata {
  /** The business case, e.g. an order id. */
  readonly correlationId: string
  /** Id of the message or command that caused the event; null when its handler was called from outside without saying why. */
  readonly causationId: string | null
  /** W3C trace context. */
  readonly traceparent?: string
}

/** An event that was decided but is not committed yet: it has no place in the feed. */
export interface NewEvent<D = unknown> {
  /** UUID, version 7 unless the store was given another source of ids. */
  readonly id: string
  /** `<aggregate name>-<aggregate id>` */
  readonly stream: string
  /** Place in the stream, from 1 without gaps. */
  readonly version: number
  readonly type: string
  /** Of the form of `data`: 1 unless the aggregate's `revisions` say otherwise. Events are read in the form of today (see `upcast`). */
  readonly revision: number
  /** JSON. What is stored is `JSON.stringify(data)`; dates and maps do not survive that. */
  readonly data: D
  readonly metadata: EventMetadata
  /** ISO 8601, UTC, milliseconds. */
  readonly occurredAt: string
}

export interface StoredEvent<D = unknown> extends NewEvent<D> {
  /** Number of the row; only together with `tx` it says where the event stands in the feed. */
  readonly position: bigint
  /** PostgreSQL's 64-bit id of the transaction that wrote the event. */
  readonly tx: bigint
}

/** A place in the feed: events are ordered by transaction id, then by position. */
export interface FeedPosition {
  readonly tx: bigint
  readonly position: bigint
}

export const FEED_START: FeedPosition = Object.freeze({ tx: 0n, position: 0n })

export const isAfter = (a: FeedPosition, b: FeedPosition): boolean =>
  a.tx > b.tx || (a.tx === b.tx && a.position > b.position)
