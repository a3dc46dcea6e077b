import { randomUUID } from 'node:crypto'
import type { InboxMessage } from '@stocker/cqrs'
import { createCommandBus, createEventStore, createInbox, migrations as kernelMigrations } from '@stocker/cqrs'
import { connectDatabase, createLogger } from '@stocker/service-kit'
import { dispatch } from '../../services/dispatch-service/src/dispatch.ts'
import { DispatchEventConsumer } from '../../services/dispatch-service/src/dispatch-event-consumer.ts'
import { DispatchService } from '../../services/dispatch-service/src/dispatch-service.ts'
import { migrations } from '../../services/dispatch-service/src/migrations.ts'
import { stockLevels } from '../../services/dispatch-service/src/projection.ts'
import { stock } from '../../services/dispatch-service/src/stock.ts'
import type { DispatchTables } from '../../services/dispatch-service/src/stock-queries.ts'
import { StockQueries } from '../../services/dispatch-service/src/stock-queries.ts'
import { withOwnDatabase } from './own-database.ts'

export interface StockFigures {
  /** Orders for one SKU of which there is enough, decided by two instances at once in batches of 100. */
  readonly hotSkuOrdersPerSecond: number
  /** The same of a SKU of which there are 100 pieces. */
  readonly flashSaleOrdersPerSecond: number
}

const ORDERS = 10_000
const BATCH = 100
const INSTANCES = 2
const FLASH_SALE_PIECES = 100

/** Measures the dispatch service's decisions over one stock, without Kafka; fails if a piece is promised twice or not at all. */
export const measureStock = (postgresUrl: string): Promise<StockFigures> =>
  withOwnDatabase(postgresUrl, 'stock', async (url) => {
    const instances = await Promise.all(Array.from({ length: INSTANCES }, () => openInstance(url)))
    try {
      await sell(instances, 'warm-up', ORDERS)
      return {
        hotSkuOrdersPerSecond: await sell(instances, 'hot', ORDERS),
        flashSaleOrdersPerSecond: await sell(instances, 'flash-sale', FLASH_SALE_PIECES),
      }
    } finally {
      for (const { close } of instances) await close()
    }
  })

type Instance = Awaited<ReturnType<typeof openInstance>>

/** As many orders, each for one piece, come to the instances in turn; answers how many were decided per second. */
const sell = async (instances: readonly Instance[], sku: string, pieces: number): Promise<number> => {
  await instances[0]?.service.adjustStock(sku, { quantity: pieces, reason: 'bench' })
  const started = performance.now()
  await Promise.all(
    instances.map(async ({ receive }) => {
      for (let n = 0; n < ORDERS / INSTANCES; n += BATCH)
        await receive(Array.from({ length: BATCH }, () => orderCreated(sku)))
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const level = await instances[0]?.service.stock.find(sku)
  if (level?.reserved !== pieces) throw new Error(`${level?.reserved} of ${pieces} pieces of ${sku} are reserved`)
  return ORDERS / seconds
}

const openInstance = async (url: string) => {
  const logger = createLogger({ service: 'dispatch-service', level: 'silent' })
  const database = connectDatabase<DispatchTables>({ url, logger })
  await database.migrate([...kernelMigrations, ...migrations])
  const store = createEventStore({
    pool: database.pool,
    aggregates: [dispatch, stock],
    projections: [stockLevels],
    logger,
  })
  const commands = createCommandBus({ store })
  const queries = new StockQueries(database.kysely, store)
  const service = new DispatchService({ commands, store, stock: queries, lowThreshold: 10 })
  const { handlers } = new DispatchEventConsumer(service)
  const inbox = createInbox({ store, consumer: 'dispatch-service-group', handlers })
  return {
    service,
    /** A batch of records, until it is handled: again when another instance was faster too often, as the listener does. */
    receive: async (messages: readonly InboxMessage[]): Promise<void> => {
      for (let failed = true; failed; ) {
        const report = await inbox.handle(messages)
        for (const { error } of report.failed) if (!error.retryable) throw error
        failed = report.failed.length > 0
      }
    },
    close: async () => {
      await commands.close()
      await store.close()
      await database.close()
    },
  }
}

const price = { amount: 1_250, currency: 'EUR' }
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

const orderCreated = (sku: string): InboxMessage => {
  const orderId = randomUUID()
  return {
    id: randomUUID(),
    type: 'OrderCreatedEvent',
    key: orderId,
    data: {
      orderId,
      customerId: 'ada',
      lines: [{ sku, name: sku, quantity: 1, unitPrice: price }],
      total: price,
      shippingAddress,
      paymentToken: 'tok_ok',
    },
    correlationId: orderId,
    source: { topic: 'order-events', partition: 0, offset: 0n },
  }
}
