import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import type { DispatchInstance } from './dispatch-instance.ts'
import { created, openInstance } from './dispatch-instance.ts'

let database: TestDatabase
let one: DispatchInstance
let other: DispatchInstance
beforeAll(async () => {
  database = await createTestDatabase()
  one = await openInstance(database.url)
  other = await openInstance(database.url)
})
afterAll(async () => {
  await one?.close()
  await other?.close()
  await database?.drop()
})

test('two instances at once sell no piece twice: all or nothing for each order', async () => {
  // given 100 vinyls and plenty of mugs
  await one.service.adjustStock('vinyl', { quantity: 100, reason: 'opening stock' })
  await one.service.adjustStock('mug', { quantity: 10_000, reason: 'opening stock' })
  // when 300 orders for a vinyl and a mug each arrive at both
  const orderIds = Array.from({ length: 300 }, (_, n) => `order-${n}`)
  const lines = [
    { sku: 'vinyl', quantity: 1 },
    { sku: 'mug', quantity: 1 },
  ]
  await Promise.all(orderIds.map((orderId, n) => (n % 2 === 0 ? one : other).receive(created(orderId, lines))))
  // then exactly 100 of them have both, and the others neither
  const found = await Promise.all(orderIds.map((orderId) => one.service.find(orderId)))
  expect(found.filter((state) => state?.status === 'RESERVED')).toHaveLength(100)
  expect(found.filter((state) => state?.status === 'REJECTED')).toHaveLength(200)
  expect(await one.service.stock.find('vinyl')).toMatchObject({ onHand: 100, reserved: 100, available: 0 })
  expect(await other.service.stock.find('mug')).toMatchObject({ onHand: 10_000, reserved: 100, available: 9_900 })
})

test('a flash sale of 100 pieces to 1,000 orders at once reserves exactly 100', async () => {
  // given 100 pieces
  await one.service.adjustStock('print', { quantity: 100, reason: 'limited edition' })
  // when both instances get 500 orders each, in batches as large as the listener's
  const orderIds = Array.from({ length: 1_000 }, (_, n) => `flash-${n}`)
  const orders = orderIds.map((orderId) => created(orderId, [{ sku: 'print', quantity: 1 }]))
  const batches = Array.from({ length: 20 }, (_, n) => orders.slice(n * 50, (n + 1) * 50))
  await Promise.all(batches.map((batch, n) => (n % 2 === 0 ? one : other).receive(...batch)))
  // then 100 orders have one, 900 were told that there is none
  const found = await Promise.all(orderIds.map((orderId) => one.service.find(orderId)))
  expect(found.filter((state) => state?.status === 'RESERVED')).toHaveLength(100)
  expect(found.filter((state) => state?.status === 'REJECTED')).toHaveLength(900)
  expect(await one.service.stock.find('print')).toMatchObject({ onHand: 100, reserved: 100, level: 'OUT' })
})

test('stock cannot be adjusted below what is promised', async () => {
  await one.service.adjustStock('lamp', { quantity: 5, reason: 'opening stock' })
  await one.receive(created('order-lamp', [{ sku: 'lamp', quantity: 4 }]))
  const result = await one.service.adjustStock('lamp', { quantity: -2, reason: 'broken' })
  expect(result).toMatchObject({ status: 'rejected', rejection: { rejected: 'INSUFFICIENT_STOCK' } })
  expect(await one.service.stock.find('lamp')).toMatchObject({ onHand: 5, reserved: 4, available: 1 })
})

test('the opening stock counts once, however often and by however many instances it is booked', async () => {
  await Promise.all([one, other].map(({ service }) => service.openStock('poster', 40)))
  await one.service.adjustStock('poster', { quantity: 2, reason: 'found' })
  await other.service.openStock('poster', 40)
  expect(await one.service.stock.find('poster')).toMatchObject({ onHand: 42, stocked: 42 })
})
