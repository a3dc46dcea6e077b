import { eventTypesFor, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import { Catalogue } from './catalogue.ts'
import type { OrderConfig } from './config.ts'
import { contract } from './contract.ts'
import { routes } from './http.ts'
import { migrations } from './migrations.ts'
import { orderRules } from './model.ts'
import { order } from './order.ts'
import { mergeCounts, readCounts } from './order-counts.ts'
import { OrderEventConsumer } from './order-event-consumer.ts'
import { OrderEventProducer } from './order-event-producer.ts'
import { observeOrders } from './order-metrics.ts'
import type { OrdersTable } from './order-queries.ts'
import { OrderQueries } from './order-queries.ts'
import { OrderService } from './order-service.ts'
import { orderSubscriptions } from './order-subscriptions.ts'
import { OrderWatch } from './order-watch.ts'
import { completeDocuments } from './projection.ts'

/** The order service, wired; nothing is connected before `start`. */
export const createApp = (config: OrderConfig, logger?: Logger): Service =>
  createService<{ orders: OrdersTable }>({
    name: contract.service,
    version: '1.0.0',
    description: 'Takes orders and follows them until they are delivered',
    config,
    ...(logger && { logger }),
    ...orderRules(config.timeouts),
    migrations,
    topics: topicsWrittenBy(contract),
    wire: ({ database, store, bus, health, logger, metrics, stopping }) => {
      const catalogue = new Catalogue(database.pool)
      health.add('catalogue', () => catalogue.health())
      const queries = new OrderQueries(database.kysely)
      const watch = new OrderWatch({
        read: async (orderId) => (await store.load(order, orderId)).state,
        readVersions: (orderIds) => queries.versions(orderIds),
        stopping,
      })
      store.onCommitted(watch.committed)
      const service = new OrderService({
        commands: bus,
        catalogue,
        queries,
        watch,
        counts: () => readCounts(database.pool),
      })
      const slo = observeOrders({
        metrics,
        store,
        pool: database.pool,
        objectiveMs: config.slo.deliveredWithinMs,
        logger,
      })
      const subscriptions = orderSubscriptions(store, queries)
      return {
        routes: routes(service, { subscriptions, stopping }),
        listen: {
          topics: topicsReadBy(contract),
          handlers: new OrderEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: eventTypesFor(contract),
        },
        publish: {
          topics: Object.keys(contract.writes),
          map: new OrderEventProducer().map,
          encode: toWire,
        },
        prepare: () => completeDocuments(store, database.pool),
        background: [mergeCounts(database.pool, logger), slo],
      }
    },
  })
