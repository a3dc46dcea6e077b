import { alertingMigrations } from '@stocker/alerting'
import { deadLetterMigrations } from '@stocker/dead-letters'
import type { Logger, Service } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import { createAccessFeature } from './access/access-feature.ts'
import { endedSessionsMigration } from './access/ended-sessions.ts'
import { createAlertsFeature } from './alerts/alerts-feature.ts'
import { createActionLog } from './audit/action-log.ts'
import { createAuditFeature } from './audit/audit-feature.ts'
import { auditMigrations } from './audit/migrations.ts'
import type { ConsoleConfig } from './config.ts'
import { createConsumerWatch } from './consumers/consumer-watch.ts'
import { createConsumersFeature } from './consumers/consumers-feature.ts'
import { createDeadLettersFeature } from './dead-letters/dead-letters-feature.ts'
import { createDevIssuerFeature } from './dev-issuer/dev-issuer-feature.ts'
import { createEventsFeature } from './events/events-feature.ts'
import type { ConsoleFeature, ConsoleParts } from './feature.ts'
import { createHomeFeature } from './home/home-feature.ts'
import { orderFiguresKept } from './home/order-figures.ts'
import { createLiveRecords } from './messages/live-records.ts'
import { createMessagesFeature } from './messages/messages-feature.ts'
import { createOrdersFeature } from './orders/orders-feature.ts'
import { createSagasFeature } from './sagas/sagas-feature.ts'
import { createServiceCalls } from './service-calls.ts'
import { createStreamFeature } from './stream/stream-feature.ts'
import { createSystemFeature } from './system/system-feature.ts'
import { createTimelineFeature } from './timeline/timeline-feature.ts'
import { watchedServices } from './watched-services.ts'
import { createWebFeature } from './web/web-feature.ts'

/** The console, wired; nothing is connected before `start`. */
export const createApp = (config: ConsoleConfig, logger?: Logger): Service =>
  createService({
    name: 'console',
    version: '1.0.0',
    description: 'Where the platform is seen and operated: every page of the console, for programs',
    config,
    ...(logger && { logger }),
    aggregates: [],
    ownGate: true,
    migrations: [...deadLetterMigrations, ...auditMigrations, endedSessionsMigration, ...alertingMigrations],
    topics: [{ name: config.deadLetters.resultsTopic }],
    wire: (kit) => {
      const stream = createStreamFeature(kit)
      const live = createLiveRecords({ kafka: config.kafka, logger: kit.logger })
      const watched = watchedServices(config.services)
      const call = createServiceCalls(config.serviceToken)
      const consumers = createConsumerWatch({
        kafka: config.kafka,
        config: config.monitor,
        services: watched.services,
        call,
        logger: kit.logger,
      })
      const parts: ConsoleParts = {
        ...kit,
        config,
        kafka: config.kafka,
        services: watched.services,
        hub: stream.hub,
        live,
        consumers,
        call,
        actions: createActionLog(kit.database.pool, kit.logger),
      }
      const timeline = createTimelineFeature(parts)
      const orders = createOrdersFeature(parts, { timelines: timeline.desk })
      const system = createSystemFeature(parts)
      const alerts = createAlertsFeature(parts, orderFiguresKept)
      const features: readonly ConsoleFeature[] = [
        createAccessFeature(parts),
        createWebFeature(),
        stream,
        createDeadLettersFeature(parts),
        createMessagesFeature(parts),
        createEventsFeature(parts),
        createConsumersFeature(parts),
        alerts,
        createAuditFeature(parts),
        timeline,
        orders,
        createSagasFeature(parts),
        createDevIssuerFeature(parts),
        system,
        createHomeFeature(parts, {
          system: system.desk,
          faults: system.faults,
          orders: orders.desk,
          alerts: alerts.desk,
        }),
      ]
      return {
        routes: (app) => {
          for (const feature of features) feature.routes?.(app)
        },
        prepare: async () => {
          for (const feature of features) await feature.prepare?.()
        },
        background: [
          // What is started first is stopped last: features may use both until then.
          { start: () => undefined, stop: async () => void (await Promise.all([live.close(), watched.close()])) },
          ...features.flatMap((feature) => feature.background ?? []),
        ],
      }
    },
  })
