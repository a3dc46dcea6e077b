import {
  createRedriveConfirmations,
  DeadLetterActions,
  DeadLetterFeeder,
  DeadLetterFigures,
  DeadLetterIntake,
  DeadLetterQueries,
  Redriver,
  Redrives,
} from '@stocker/dead-letters'
import type { KafkaSender } from '@stocker/kafka-config'
import { KafkaProducerConfig } from '@stocker/kafka-config'
import type { BackgroundWork, Database, HealthRegistry, Logger, Metrics } from '@stocker/service-kit'
import type { ConsoleConfig } from '../config.ts'
import type { WatchedService } from '../watched-services.ts'
import { deadLetterMetrics } from './dead-letter-metrics.ts'
import { checkPayload } from './payload-check.ts'

export interface DeadLetterDesk {
  readonly queries: DeadLetterQueries
  readonly figures: DeadLetterFigures
  readonly actions: DeadLetterActions
  readonly redrives: Redrives
  /** Collects, sends and hears what became of it. */
  readonly work: BackgroundWork
}

export interface DeskParts {
  readonly pool: Database['pool']
  readonly logger: Logger
  /** Registers the components `dead-letters` and `redrive-results`. */
  readonly health: HealthRegistry
  readonly metrics: Metrics
  readonly services: readonly WatchedService[]
}

/** The parts of @stocker/dead-letters, connected. */
export function createDeadLetterDesk(
  { kafka, deadLetters }: ConsoleConfig,
  { pool, logger, health, metrics, services }: DeskParts,
): DeadLetterDesk {
  const { maxRedrives, suffixes, discoveryMs, resultsTopic } = deadLetters
  const group = kafka.consumer.groupId ?? 'console-group'
  const figures = new DeadLetterFigures(pool)
  const count = deadLetterMetrics(metrics, figures, services)
  let sender: KafkaSender | undefined
  const redriver = new Redriver({
    pool,
    logger,
    sender: {
      send: (record) => {
        sender ??= new KafkaProducerConfig(kafka).createSender({ logger })
        return sender.send(record)
      },
    },
  })
  const feeder = new DeadLetterFeeder({
    kafka,
    logger,
    groupId: `${group}-dead-letters`,
    intake: new DeadLetterIntake(pool, maxRedrives),
    suffixes,
    discoveryMs,
    onTaken: ({ arrivals }) => {
      count(arrivals)
      redriver.wake()
    },
  })
  const confirmations = createRedriveConfirmations({
    kafka,
    pool,
    logger,
    groupId: `${group}-redrive-results`,
    topic: resultsTopic,
    onConfirmed: () => redriver.wake(),
  })
  health.add('dead-letters', () => feeder.health())
  health.add('redrive-results', () => {
    const { up, detail } = confirmations.health()
    return { up, detail }
  })
  return {
    queries: new DeadLetterQueries(pool),
    figures,
    actions: new DeadLetterActions(pool, { maxRedrives, checkPayload }),
    redrives: new Redrives(pool),
    work: {
      start: async () => {
        await confirmations.start()
        feeder.start()
        redriver.start()
      },
      stop: async () => {
        await redriver.stop()
        await feeder.stop()
        await confirmations.stop()
        await sender?.close()
      },
    },
  }
}
