import fc from 'fast-check'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import type { DispatchInstance, Incoming } from './dispatch-instance.ts'
import { cancelled, created, openInstance, paid, returned } from './dispatch-instance.ts'

let database: TestDatabase
let instances: readonly DispatchInstance[]
beforeAll(async () => {
  database = await createTestDatabase()
  instances = [await openInstance(database.url), await openInstance(database.url)]
})
afterAll(async () => {
  for (const instance of instances ?? []) await instance.close()
  await database?.drop()
})

const ORDERS = 150
const lines = [
  { sku: 'mug', quantity: 2 },
  { sku: 'lamp', quantity: 1 },
]

/** What becomes known of an order, each fact once or twice, in any order; a return only of what was shipped. */
const story = (orderId: string) => {
  const facts = fc.subarray([created(orderId, lines), paid(orderId), cancelled(orderId)] as Incoming[])
  return facts.chain((once) =>
    fc
      .subarray(once)
      .chain((again) => fc.shuffledSubarray([...once, ...again], { minLength: once.length + again.length })),
  )
}

it('in whatever order and however often two instances hear of orders, each has one outcome and every piece is accounted for', async () => {
  // given stock for some of the orders
  const [one, other] = instances as readonly [DispatchInstance, DispatchInstance]
  await one.service.adjustStock('mug', { quantity: 100, reason: 'opening stock' })
  await one.service.adjustStock('lamp', { quantity: 500, reason: 'opening stock' })

  // when their stories come to both instances at once
  const orderIds = Array.from({ length: ORDERS }, (_, n) => `order-${n}`)
  const stories = orderIds.map((orderId, n) => fc.sample(story(orderId), { numRuns: 1, seed: n })[0] ?? [])
  const rounds = Math.max(...stories.map((events) => events.length))
  for (let round = 0; round < rounds; round += 1) {
    const news = stories.flatMap((events) => events.slice(round, round + 1))
    await Promise.all([one.receive(...news), other.receive(...news)])
  }
  const states = async () =>
    new Map(await Promise.all(orderIds.map(async (orderId) => [orderId, await one.service.find(orderId)] as const)))
  const dispatched = [...(await states())].filter(([, state]) => state?.status === 'DISPATCHED')
  const back = dispatched.slice(0, 5).map(([orderId]) => returned(orderId))
  await one.receive(...back, ...back)

  // then what the orders say is what the stock says
  const after = [...(await states()).values()]
  const count = (...statuses: readonly string[]) =>
    after.filter((state) => statuses.includes(state?.status ?? '')).length
  const [reserved, shipped, cameBack] = [count('RESERVED'), count('DISPATCHED', 'RETURNED'), count('RETURNED')]
  expect(cameBack).toBe(5)
  expect(shipped).toBeGreaterThan(cameBack)
  for (const [sku, stocked, each] of [
    ['mug', 100, 2],
    ['lamp', 500, 1],
  ] as const)
    expect(await other.service.stock.find(sku)).toMatchObject({
      stocked,
      reserved: reserved * each,
      sold: shipped * each,
      returned: cameBack * each,
      onHand: stocked - (shipped - cameBack) * each,
    })

  // and each order moved the stock of a SKU at most once in each way
  const pool = new Pool({ connectionString: database.url })
  const { rows } = await pool.query(
    `select 1 from events where data->>'orderId' is not null group by stream, type, data->>'orderId' having count(*) > 1`,
  )
  await pool.end()
  expect(rows).toEqual([])
})
