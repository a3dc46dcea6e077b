import { createCommandBus, createEventStore, migrations as storeMigrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { createTestDatabase } from '../../../test/servers.ts'
import { cart } from '../src/cart.ts'
import { CartService } from '../src/cart-service.ts'
import { Catalogue } from '../src/catalogue.ts'
import { routes } from '../src/http.ts'
import { migrations } from '../src/migrations.ts'
import { product } from '../src/product.ts'
import { products } from '../src/projection.ts'
import { readSeed, seedCatalogue } from '../src/seed-catalogue.ts'

export interface CartOverHttp {
  readonly app: HttpApp
  readonly service: CartService
  readonly close: () => Promise<void>
}

/** The service without Kafka: its routes on a real database, with the seeded catalogue. */
export const cartOverHttp = async (): Promise<CartOverHttp> => {
  const testDatabase = await createTestDatabase()
  const logger = createLogger({ service: 'cart-service', level: 'silent' })
  const database = connectDatabase({ url: testDatabase.url, logger })
  await database.migrate([...storeMigrations, ...migrations])
  const store = createEventStore({ pool: database.pool, aggregates: [cart, product], projections: [products] })
  const commands = createCommandBus({ store })
  const catalogue = new Catalogue(database.pool)
  store.onCommitted(catalogue.committed)
  const service = new CartService({ commands, store, catalogue })
  await seedCatalogue(service, await readSeed())
  const app = createHttpApp({
    service: 'cart-service',
    version: '0.1.0',
    description: 'carts',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  routes(service)(app)
  await app.ready()
  return {
    app,
    service,
    close: async () => {
      await app.close()
      await commands.close()
      await store.close()
      await database.close()
      await testDatabase.drop()
    },
  }
}
