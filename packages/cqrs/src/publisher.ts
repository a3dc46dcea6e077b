import type { Pool } from 'pg'
import { CqrsError } from './errors.ts'
import type { StoredEvent } from './event.ts'
import type { EventStore } from './event-store.ts'
import type { Logger } from './logger.ts'

export interface OutgoingRecord {
  readonly topic: string
  readonly key: string
  readonly value: object
  readonly headers?: Readonly<Record<string, string>>
  readonly event: StoredEvent
}

export const PUBLISHER_STATES = ['stopped', 'standby', 'leading', 'backing-off', 'stopping'] as const
export type PublisherState = (typeof PUBLISHER_STATES)[number]

export interface PublisherOptions {
  readonly store: EventStore
  /** Says where the database is; the publisher keeps one connection of its own. */
  readonly pool: Pool
  /** One publisher of a name is active per database; its checkpoint is stored under the name. */
  readonly name: string
  /** Which events go out, and as what. Pure. null: not published. */
  readonly map: (event: StoredEvent) => OutgoingRecord | null
  /** Resolves when all records are stored at the destination. Called for one batch at a time, in feed order. */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>
  /** Events read at once at most. Default 500. */
  readonly batchSize?: number
  /** How long another instance's commit, or a dead leader, may go unnoticed. Default 500. */
  readonly pollIntervalMs?: number
  readonly logger?: Logger
}

export interface PublisherLag {
  /** Committed events that are not published yet; counted up to 100,000. */
  readonly events: number
  /** Age of the oldest of them; 0 when there is none. */
  readonly oldestSeconds: number
}

export interface Publisher {
  start(): void
  /** Finishes the batch in hand. */
  stop(): Promise<void>
  lag(): Promise<PublisherLag>
  readonly state: PublisherState
  /** Why the last attempt failed; undefined after a success. */
  readonly lastError: Error | undefined
}

export function createPublisher(_options: PublisherOptions): Publisher {
  throw new CqrsError('CLOSED', 'under construction')
}
