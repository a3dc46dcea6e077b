import { migrations as kernelMigrations } from '@stocker/cqrs'
import { connectDatabase, createLogger } from '@stocker/service-kit'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import { migrations } from '../src/migrations.ts'
import { openInstance } from './dispatch-instance.ts'

test('stock that was booked before there were totals and thresholds keeps its pieces and gets both', async () => {
  // given a database of the first version: 10 mugs came in, one was sold, one is reserved
  const database = await createTestDatabase()
  const old = connectDatabase({ url: database.url, logger: createLogger({ service: 'old', level: 'silent' }) })
  await old.migrate([...kernelMigrations, ...migrations.slice(0, 1)])
  const movements = [
    ['StockAdjusted', { sku: 'mug', quantity: 10, reason: 'opening stock' }],
    ['StockAllocated', { sku: 'mug', orderId: 'o-1', quantity: 1 }],
    ['StockAllocated', { sku: 'mug', orderId: 'o-2', quantity: 1 }],
    ['StockSold', { sku: 'mug', orderId: 'o-1', quantity: 1 }],
  ] as const
  for (const [n, [type, data]] of movements.entries())
    await old.pool.query(
      `insert into events (stream, version, id, type, data, correlation_id, occurred_at)
       values ('stock-mug', $1, gen_random_uuid(), $2, $3, 'mug', now())`,
      [n + 1, type, JSON.stringify(data)],
    )
  await old.pool.query(`insert into stock (sku, on_hand, reserved, version) values ('mug', 9, 1, 4)`)
  await old.close()

  // when this version starts on it
  const instance = await openInstance(database.url)
  expect(await instance.service.stock.find('mug')).toMatchObject({ stocked: 10, sold: 1, returned: 0, threshold: 0 })
  await instance.service.openStock('mug', 99)

  // then
  expect(await instance.service.stock.find('mug')).toEqual({
    sku: 'mug',
    onHand: 9,
    reserved: 1,
    available: 8,
    stocked: 10,
    sold: 1,
    returned: 0,
    threshold: 10,
    level: 'LOW',
  })
  await instance.close()
  await database.drop()
})
