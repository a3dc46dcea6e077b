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
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly aggregates: readonly AnyAggregate[]
  readonly sagas: readonly AnySaga[]
  readonly projections: readonly InlineProjection[]
}
