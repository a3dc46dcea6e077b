import { EVENT_TYPES, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service, ServiceConfig } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import { contract } from './contract.ts'
import { dispatch } from './dispatch.ts'
import { DispatchEventConsumer } from './dispatch-event-consumer.ts'
import { DispatchEventProducer } from './dispatch-event-producer.ts'
import { DispatchService } from './dispatch-service.ts'
import { routes } from './http.ts'
import { migrations } from './migrations.ts'
import { stockLevels } from './projection.ts'
import { seedStock } from './seed-stock.ts'
import { stock } from './stock.ts'
import type { DispatchTables } from './stock-queries.ts'
import { StockQueries } from './stock-queries.ts'

/** The dispatch service, wired; nothing is connected before `start`. */
export const createApp = (config: ServiceConfig, logger?: Logger): Service =>
  createService<DispatchTables>({
    name: contract.service,
    version: '1.0.0',
    description: 'Stock and shipping: reserves when an order is created, ships when it is paid',
    config,
    ...(logger && { logger }),
    aggregates: [dispatch, stock],
    projections: [stockLevels],
    migrations,
    topics: topicsWrittenBy(contract),
    wire: ({ database, store, bus }) => {
      const service = new DispatchService({ commands: bus, store, stock: new StockQueries(database.kysely) })
      return {
        routes: routes(service),
        listen: {
          topics: topicsReadBy(contract),
          handlers: new DispatchEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: EVENT_TYPES,
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
