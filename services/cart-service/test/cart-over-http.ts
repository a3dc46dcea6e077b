import type { Money } from '@stocker/contracts'
import type { CommandBus, EventStore } from '@stocker/cqrs'
import { createCommandBus, createEventStore, migrations as storeMigrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import type { CartAggregate } from '../src/cart.ts'
import { defineCart } from '../src/cart.ts'
import { CartService } from '../src/cart-service.ts'
import { Catalogue } from '../src/catalogue.ts'
import { routes } from '../src/http.ts'
import { migrations } from '../src/migrations.ts'
import { openCarts } from '../src/open-carts.ts'
import { product } from '../src/product.ts'
import { ProductService } from '../src/product-service.ts'
import { products } from '../src/projection.ts'
import { readSeed, seedCatalogue } from '../src/seed-catalogue.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Answer {
  readonly status: number
  readonly etag: string | undefined
  /** Undefined at 204. */
  readonly body: Body
}

/** What the answers of all routes may hold. */
interface Body {
  readonly cartId: string
  readonly orderId: string
  readonly status: string
  readonly total: Money
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly unitPrice: Money
    readonly priceChanged?: { readonly old: Money; readonly new: Money }
    readonly delisted?: true
  }[]
  readonly products: readonly { readonly sku: string; readonly name: string; readonly price: Money }[]
  readonly next?: string
}

export interface CartOverHttp {
  readonly app: HttpApp
  readonly carts: CartService
  readonly products: ProductService
  /** Sends JSON; `body` is what came back, of which each test knows what it may be. */
  readonly call: (method: Method, url: string, body?: object, headers?: Record<string, string>) => Promise<Answer>
  /** For parts that are tested without their service. */
  readonly parts: {
    readonly cart: CartAggregate
    readonly store: EventStore
    readonly commands: CommandBus
    readonly pool: Pool
  }
  /** Another instance of the service, which shares nothing with this one but the database. Closed by its user. */
  readonly another: () => Promise<CartOverHttp>
  readonly close: () => Promise<void>
}

export interface CartOverHttpOptions {
  /** Default: the system's. */
  readonly clock?: () => Date
  /** Default: an hour. */
  readonly expiresAfterMs?: number
}

/** The service without Kafka: its routes on a database of its own, with the seeded catalogue. */
export const cartOverHttp = async (options: CartOverHttpOptions = {}): Promise<CartOverHttp> => {
  const database = await createTestDatabase()
  const instance = await instanceOn(database, options)
  return {
    ...instance,
    close: async () => {
      await instance.close()
      await database.drop()
    },
  }
}

const instanceOn = async (testDatabase: TestDatabase, options: CartOverHttpOptions): Promise<CartOverHttp> => {
  const { clock, expiresAfterMs = 3_600_000 } = options
  const logger = createLogger({ service: 'cart-service', level: 'silent' })
  const database = connectDatabase({ url: testDatabase.url, logger })
  await database.migrate([...storeMigrations, ...migrations])
  const cart = defineCart(expiresAfterMs)
  const store = createEventStore({
    pool: database.pool,
    aggregates: [cart, product],
    projections: [products, openCarts],
    ...(clock && { clock }),
  })
  const commands = createCommandBus({ store })
  const catalogue = new Catalogue(database.pool)
  store.onCommitted(catalogue.committed)
  const carts = new CartService({ cart, commands, store, catalogue })
  const productService = new ProductService({ commands, store, catalogue })
  await seedCatalogue(productService, await readSeed())
  const app = createHttpApp({
    service: 'cart-service',
    version: '0.1.0',
    description: 'carts',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  routes(carts, productService)(app)
  await app.ready()
  return {
    app,
    carts,
    products: productService,
    parts: { cart, store, commands, pool: database.pool },
    another: () => instanceOn(testDatabase, options),
    call: async (method, url, body, headers = {}) => {
      const response = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
      const { etag } = response.headers
      return {
        status: response.statusCode,
        etag: typeof etag === 'string' ? etag : undefined,
        body: response.body === '' ? (undefined as never) : response.json<Body>(),
      }
    },
    close: async () => {
      await app.close()
      await commands.close()
      await store.close()
      await database.close()
    },
  }
}
