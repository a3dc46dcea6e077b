import { eventTypesFor, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service } from '@stocker/service-kit'
import { countEvents, createService } from '@stocker/service-kit'
import type { DispatchConfig } from './config.ts'
import { contract } from './contract.ts'
import { DispatchEventConsumer } from './dispatch-event-consumer.ts'
import { DispatchEventProducer } from './dispatch-event-producer.ts'
import { DispatchService } from './dispatch-service.ts'
import { routes } from './http.ts'
import { DISPATCH_METRICS, DISPATCHES_TOTAL } from './metrics.ts'
import { migrations } from './migrations.ts'
import { model } from './model.ts'
import { seedStock } from './seed-stock.ts'
import type { DispatchTables } from './stock-queries.ts'
import { StockQueries } from './stock-queries.ts'

/** The dispatch service, wired; nothing is connected before `start`. */
export const createApp = (config: DispatchConfig, logger?: Logger): Service =>
  createService<DispatchTables>({
    name: contract.service,
    version: '1.0.0',
    description:
      'Stock and shipping: reserves when an order is created, ships when it is paid, takes back what returns',
    config,
    ...(logger && { logger }),
    aggregates: model.aggregates,
    projections: model.projections,
    migrations,
    topics: topicsWrittenBy(contract),
    wire: ({ database, store, bus, metrics }) => {
      const stockQueries = new StockQueries(database.kysely, store)
      const { lowThreshold } = config.stock
      const service = new DispatchService({ commands: bus, store, stock: stockQueries, lowThreshold })
      countEvents(metrics, store, DISPATCHES_TOTAL)
      metrics.gauge('stock_skus', DISPATCH_METRICS.stock_skus, async () =>
        Object.entries(await stockQueries.levels()).map(([level, value]) => ({ labels: { level }, value })),
      )
      return {
        routes: routes(service),
        listen: {
          topics: topicsReadBy(contract),
          handlers: new DispatchEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: eventTypesFor(contract),
        },
        publish: {
          topics: Object.keys(contract.writes),
          map: new DispatchEventProducer().map,
          encode: toWire,
        },
        prepare: () => seedStock(service),
      }
    },
  })
