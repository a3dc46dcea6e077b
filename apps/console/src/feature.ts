import type { KafkaConfig } from '@stocker/kafka-config'
import type { BackgroundWork, Database, HealthRegistry, HttpApp, Logger, Metrics } from '@stocker/service-kit'
import type { ActionLog } from './audit/action-log.ts'
import type { ConsoleConfig } from './config.ts'
import type { ConsumerWatch } from './consumers/consumer-watch.ts'
import type { LiveRecords } from './messages/live-records.ts'
import type { CallService } from './service-calls.ts'
import type { StreamHub } from './stream/stream-hub.ts'
import type { WatchedService } from './watched-services.ts'

/** What a page and its API can build on. Nothing of it is connected while features are made. */
export interface ConsoleParts {
  readonly config: ConsoleConfig
  readonly kafka: KafkaConfig
  /** The console's own database. */
  readonly database: Database
  readonly services: readonly WatchedService[]
  readonly hub: StreamHub
  /** What comes into topics from now on; costs nothing while nobody subscribes. */
  readonly live: LiveRecords
  /** Brokers, topics and consumer groups of the cluster, as they were seen last. */
  readonly consumers: ConsumerWatch
  readonly call: CallService
  /** Who did what: every action that changes something is kept in it. */
  readonly actions: ActionLog
  readonly logger: Logger
  readonly health: HealthRegistry
  readonly metrics: Metrics
  readonly stopping: AbortSignal
}

/** One thing that the console can do: its API below /ops/api, its pages, and what works for it in the background. */
export interface ConsoleFeature {
  readonly routes?: (app: HttpApp) => void
  /** Before the first request. */
  readonly prepare?: () => Promise<void>
  readonly background?: readonly BackgroundWork[]
}
