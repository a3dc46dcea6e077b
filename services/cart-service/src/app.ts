import { topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service, ServiceConfig } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import { cart } from './cart.ts'
import { CartEventProducer } from './cart-event-producer.ts'
import { CartService } from './cart-service.ts'
import { Catalogue } from './catalogue.ts'
import { contract } from './contract.ts'
import { routes } from './http.ts'
import { migrations } from './migrations.ts'
import { product } from './product.ts'
import { products } from './projection.ts'
import { readSeed, seedCatalogue } from './seed-catalogue.ts'

/** The cart service, wired; nothing is connected before `start`. */
export const createApp = (config: ServiceConfig, logger?: Logger): Service =>
  createService({
    name: contract.service,
    version: '1.0.0',
    description: 'The catalogue with its prices, and the carts that are filled from it',
    config,
    ...(logger && { logger }),
    aggregates: [cart, product],
    projections: [products],
    migrations,
    topics: topicsWrittenBy(contract),
    wire: ({ database, store, bus }) => {
      const catalogue = new Catalogue(database.pool)
      store.onCommitted(catalogue.committed)
      const service = new CartService({ commands: bus, store, catalogue })
      return {
        routes: routes(service),
        publish: {
          topics: Object.keys(contract.writes),
          map: new CartEventProducer().map,
          encode: toWire,
        },
        prepare: async () => seedCatalogue(service, await readSeed()),
      }
    },
  })
