import { createCommandBus, createEventStore, migrations as kernelMigrations } from '@stocker/cqrs'
import { connectDatabase, createLogger } from '@stocker/service-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import { dispatch } from '../src/dispatch.ts'
import { DispatchService } from '../src/dispatch-service.ts'
import { migrations } from '../src/migrations.ts'
import { stockLevels } from '../src/projection.ts'
import { stock } from '../src/stock.ts'
import type { DispatchTables } from '../src/stock-queries.ts'
import { StockQueries } from '../src/stock-queries.ts'

const shippingAddress = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }
const price = { amount: 100, currency: 'EUR' }

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** One instance of the service's core, on the database that it shares with the others. */
const openInstance = async () => {
  const logger = createLogger({ service: 'dispatch-service', level: 'silent' })
  const connection = connectDatabase<DispatchTables>({ url: database.url, logger })
  await connection.migrate([...kernelMigrations, ...migrations])
  const store = createEventStore({
    pool: connection.pool,
    aggregates: [dispatch, stock],
    projections: [stockLevels],
    logger,
  })
  const commands = createCommandBus({ store })
  const service = new DispatchService({ commands, store, stock: new StockQueries(connection.kysely) })
  return {
    service,
    order: (orderId: string, lines: readonly { sku: string; quantity: number }[]) =>
      commands.run(
        (unit) =>
          service.reserve(unit, {
            orderId,
            customerId: 'ada',
            lines: lines.map((line) => ({ ...line, name: line.sku, unitPrice: price })),
            total: price,
            shippingAddress,
            paymentToken: 'tok_ok',
          }),
        { correlationId: orderId },
      ),
    close: async () => {
      await commands.close()
      await store.close()
      await connection.close()
    },
  }
}

test('two instances at once sell no piece twice: all or nothing for each order', async () => {
  // given 100 vinyls and plenty of mugs
  const instances = [await openInstance(), await openInstance()] as const
  const [one, other] = instances
  await one.service.adjustStock('vinyl', { quantity: 100, reason: 'opening stock' })
  await one.service.adjustStock('mug', { quantity: 10_000, reason: 'opening stock' })
  // when 300 orders for a vinyl and a mug each arrive at both
  const orderIds = Array.from({ length: 300 }, (_, n) => `order-${n}`)
  const lines = [
    { sku: 'vinyl', quantity: 1 },
    { sku: 'mug', quantity: 1 },
  ]
  await Promise.all(orderIds.map((orderId, n) => (n % 2 === 0 ? one : other).order(orderId, lines)))
  // then exactly 100 of them have both, and the others neither
  const found = await Promise.all(orderIds.map((orderId) => one.service.find(orderId)))
  expect(found.filter((state) => state?.status === 'RESERVED')).toHaveLength(100)
  expect(found.filter((state) => state?.status === 'REJECTED')).toHaveLength(200)
  expect(await one.service.stock.find('vinyl')).toEqual({ sku: 'vinyl', onHand: 100, reserved: 100, available: 0 })
  expect(await other.service.stock.find('mug')).toEqual({ sku: 'mug', onHand: 10_000, reserved: 100, available: 9_900 })
  await Promise.all(instances.map((instance) => instance.close()))
})

test('stock cannot be adjusted below what is promised', async () => {
  const instance = await openInstance()
  await instance.service.adjustStock('lamp', { quantity: 5, reason: 'opening stock' })
  await instance.order('order-lamp', [{ sku: 'lamp', quantity: 4 }])
  const result = await instance.service.adjustStock('lamp', { quantity: -2, reason: 'broken' })
  expect(result).toMatchObject({ status: 'rejected', rejection: { rejected: 'INSUFFICIENT_STOCK' } })
  expect(await instance.service.stock.find('lamp')).toMatchObject({ onHand: 5, reserved: 4, available: 1 })
  await instance.close()
})

test('the opening stock counts once, however often and by however many instances it is booked', async () => {
  const instances = [await openInstance(), await openInstance()] as const
  await Promise.all(instances.map(({ service }) => service.openStock('poster', 40)))
  await instances[0].service.adjustStock('poster', { quantity: 2, reason: 'found' })
  await instances[1].service.openStock('poster', 40)
  expect(await instances[0].service.stock.find('poster')).toMatchObject({ onHand: 42 })
  await Promise.all(instances.map((instance) => instance.close()))
})
