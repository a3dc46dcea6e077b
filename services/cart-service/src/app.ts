import { topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service } from '@stocker/service-kit'
import { countEvents, createService, observeProcessor } from '@stocker/service-kit'
import { defineCart } from './cart.ts'
import { CartEventProducer } from './cart-event-producer.ts'
import { CartService } from './cart-service.ts'
import { Catalogue } from './catalogue.ts'
import type { CartConfig } from './config.ts'
import { contract } from './contract.ts'
import { routes } from './http.ts'
import { CARTS_TOTAL } from './metrics.ts'
import { migrations } from './migrations.ts'
import { openCarts } from './open-carts.ts'
import { createPriceFollower } from './price-follower.ts'
import { product } from './product.ts'
import { ProductService } from './product-service.ts'
import { products } from './projection.ts'
import { readSeed, seedCatalogue } from './seed-catalogue.ts'

/** The cart service, wired; nothing is connected before `start`. */
export const createApp = (config: CartConfig, logger?: Logger): Service => {
  const cart = defineCart(config.cart.expiresAfterMs)
  return createService({
    name: contract.service,
    version: '1.0.0',
    description: 'The catalogue with its prices, and the carts that are filled from it',
    config,
    ...(logger && { logger }),
    aggregates: [cart, product],
    projections: [products, openCarts],
    migrations,
    topics: topicsWrittenBy(contract),
    wire: ({ database, store, bus: commands, logger, metrics }) => {
      const catalogue = new Catalogue(database.pool)
      store.onCommitted(catalogue.committed)
      const carts = new CartService({ cart, commands, store, catalogue })
      const priceFollower = createPriceFollower({ store, commands, pool: database.pool, cart, logger })
      observeProcessor(metrics, priceFollower)
      countEvents(metrics, store, CARTS_TOTAL)
      const catalogueService = new ProductService({ commands, store, catalogue })
      return {
        routes: routes(carts, catalogueService),
        publish: {
          topics: Object.keys(contract.writes),
          map: new CartEventProducer().map,
          encode: toWire,
        },
        prepare: async () => seedCatalogue(catalogueService, await readSeed()),
        background: [priceFollower],
      }
    },
  })
}
