import { createCommandBus, createDeadlines, createEventStore, migrations as storeMigrations } from '@stocker/cqrs'
import { connectDatabase, createLogger } from '@stocker/service-kit'
import { expect, it } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import { defineCart } from '../src/cart.ts'
import { migrations } from '../src/migrations.ts'

const OPENED = new Date('2026-03-01T12:00:00.000Z')
const MONTH_MS = 30 * 24 * 3_600_000

const cart = defineCart(MONTH_MS)
const address = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const pen = { sku: 'pen', name: 'Pen', price: { amount: 250, currency: 'EUR' } }

it('carts that were opened before carts expired are told prices and expire as well, those that were checked out are left alone', async () => {
  const { url, drop } = await createTestDatabase()
  const logger = createLogger({ service: 'cart-service', level: 'silent' })
  const database = connectDatabase({ url, logger })
  const { pool } = database
  await database.migrate([...storeMigrations, ...migrations.slice(0, 1)])
  const { deadlines: _, ...earlier } = cart
  const before = createEventStore({ pool, aggregates: [earlier], clock: () => OPENED })
  const commands = createCommandBus({ store: before })
  for (const cartId of ['open', 'ordered']) {
    const meta = { correlationId: cartId }
    await commands.execute(earlier, cartId, { type: 'Create', data: { cartId, customerId: 'ada' } }, meta)
    await commands.execute(earlier, cartId, { type: 'AddItem', data: { cartId, product: pen, quantity: 1 } }, meta)
  }
  const products = new Map([['pen', pen]])
  const order = { cartId: 'ordered', orderId: 'o-1', shippingAddress: address, paymentToken: 'tok_ok', products }
  await commands.execute(earlier, 'ordered', { type: 'Checkout', data: order }, { correlationId: 'ordered' })
  await before.close()

  await database.migrate([...storeMigrations, ...migrations])

  expect((await pool.query('select sku, cart_id from cart_items')).rows).toEqual([{ sku: 'pen', cart_id: 'open' }])
  let now = new Date(OPENED.getTime() + MONTH_MS - 1)
  const store = createEventStore({ pool, aggregates: [cart], clock: () => now })
  const deadlines = createDeadlines({ store })
  expect(await deadlines.fireDue()).toBe(0)
  now = new Date(OPENED.getTime() + MONTH_MS)
  expect(await deadlines.fireDue()).toBe(1)
  expect((await store.load(cart, 'open')).state.status).toBe('EXPIRED')
  expect(await deadlines.pending()).toBe(0)

  await store.close()
  await database.close()
  await drop()
})
