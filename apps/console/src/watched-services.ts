import type { ServiceContract } from '@stocker/contracts'
import type { AnyAggregate, AnySaga, InlineProjection } from '@stocker/cqrs'
import type { Pool } from 'pg'

/** A service that the console watches: where it answers, where its event store is, and the pure rules that its events are read with. */
export interface WatchedService {
  readonly name: string
  /** Base URL of its HTTP API. */
  readonly url: string
  /** Its consumer group. */
  readonly consumerGroup: string
  /** Its database, which the console only reads. */
  readonly pool: Pool
  /** Topics. */
  readonly reads: readonly string[]
  /** Topics. */
  readonly writes: readonly string[]
  /** Which events it acts on, and which it publishes. */
  readonly contract: ServiceContract
  /** Types of its events that are the intent to call somebody outside: what they lead to later is the answer to that call. */
  readonly outboundIntents: readonly string[]
  readonly aggregates: readonly AnyAggregate[]
  readonly sagas: readonly AnySaga[]
  readonly projections: readonly InlineProjection[]
}
