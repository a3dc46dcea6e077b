import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Platform } from '@stocker/platform'
import { startPlatform, tellStory } from '@stocker/platform'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bookkeeper } from './audit/databases.ts'
import { databasesOn } from './audit/databases.ts'
import type { AuditReport } from './audit/index.ts'
import { audit } from './audit/index.ts'
import { scenario as cartToDelivery } from './cart-to-delivery.ts'
import { scenario as declinedCard } from './declined-card.ts'

const run = promisify(execFile)

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
  for (const scenario of [cartToDelivery, declinedCard]) {
    const end = await tellStory(scenario, { url: (name) => platform.url(name), services: [], onLine: () => undefined })
    expect(end.failure).toBeUndefined()
  }
  expect((await audit(databases(), { settled: true })).differences).toEqual([])
}, 120_000)
afterAll(() => platform?.stop())

const databases = () => databasesOn((name) => platform.postgres(name))

const change = async (database: Bookkeeper, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: platform.postgres(database) })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** What somebody did by hand, how it is undone, and what the audit says. */
const DEEDS: readonly (readonly [database: Bookkeeper, deed: string, undone: string, found: readonly string[]])[] = [
  [
    'order',
    `update orders set amount = amount + 1 where status = 'DELIVERED'`,
    `update orders set amount = amount - 1 where status = 'DELIVERED'`,
    ['NET_CHARGE'],
  ],
  [
    'order',
    `update orders set version = version - 1 where status = 'DELIVERED'`,
    `update orders set version = version + 1 where status = 'DELIVERED'`,
    ['READ_MODEL'],
  ],
  [
    'order',
    `update orders set status = 'CONFIRMED' where status = 'DELIVERED'`,
    `update orders set status = 'DELIVERED' where status = 'CONFIRMED'`,
    ['ORDER_OPEN', 'ORDER_STRANDED'],
  ],
  [
    'gateway',
    `update authorizations set refunded = 1 where captured > 0`,
    `update authorizations set refunded = 0`,
    ['LEDGERS_DIFFER', 'LEDGERS_DIFFER', 'NET_CHARGE'],
  ],
  [
    'payment',
    `update events set type = 'Hidden' where type = 'PaymentCapturedEvent'`,
    `update events set type = 'PaymentCapturedEvent' where type = 'Hidden'`,
    ['LEDGERS_DIFFER'],
  ],
  [
    'dispatch',
    `update events set type = 'Hidden' where type = 'OrderDispatchedEvent'`,
    `update events set type = 'OrderDispatchedEvent' where type = 'Hidden'`,
    ['NOT_ONE_OUTCOME', 'NOT_ONE_OUTCOME'],
  ],
  [
    'dispatch',
    `update events set type = 'Hidden' where position = (select max(position) from events where type = 'StockSold')`,
    `update events set type = 'StockSold' where type = 'Hidden'`,
    ['STOCK_OF_ORDER', 'STOCK_OF_SKU', 'STOCK_OF_SKU'],
  ],
  [
    'delivery',
    `update events set type = 'DeliveryLostEvent' where type = 'OrderDeliveredEvent'`,
    `update events set type = 'OrderDeliveredEvent' where type = 'DeliveryLostEvent'`,
    ['NOT_ONE_OUTCOME', 'NOT_ONE_OUTCOME'],
  ],
  [
    'cart',
    `update events set type = 'Hidden' where type = 'CartCheckedOutEvent'`,
    `update events set type = 'CartCheckedOutEvent' where type = 'Hidden'`,
    ['CART_NOT_CHECKED_OUT'],
  ],
  [
    'order',
    `insert into sagas values ('orderFulfilment', 'o-1', 1, 1, '{}', now(), null)`,
    `delete from sagas where id = 'o-1'`,
    ['SAGA_STRANDED'],
  ],
  [
    // Of an aggregate that no process runs.
    'cart',
    `insert into deadlines (scope, id, name, token, due_at, payload, correlation_id)
     values ('aggregate:nobody', 'c-1', 'Expire', gen_random_uuid(), now() - interval '2 minutes', '{}', 'c-1')`,
    `delete from deadlines where scope = 'aggregate:nobody'`,
    ['DEADLINE_OVERDUE'],
  ],
  [
    'payment',
    `insert into outbound_calls (name, key, request, correlation_id, causation_id, due_at)
     values ('nobody', 'capture-o-1', '{}', 'o-1', 'o-1', now())`,
    `delete from outbound_calls where name = 'nobody'`,
    ['CALL_UNFINISHED'],
  ],
]

describe('what hands do to a database is found', () => {
  test.each(DEEDS)('%s: %s', async (database, deed, undone, found) => {
    await change(database, deed)
    try {
      const { differences } = await audit(databases(), { settled: true, patienceMs: 0 })
      expect(differences.map(({ kind }) => kind).sort()).toEqual(found)
    } finally {
      await change(database, undone)
    }
  })

  test('in a read model that is as old as its stream too, when it is built anew', async () => {
    await change('order', `update orders set customer_id = customer_id || '!' where status = 'DELIVERED'`)
    const { differences } = await audit(databases(), { readModels: true, patienceMs: 0 })
    await change('order', `update orders set customer_id = rtrim(customer_id, '!')`)
    expect(differences).toMatchObject([{ kind: 'READ_MODEL', about: expect.stringContaining('orders') }])
  })
})

describe('npm run audit', () => {
  const command = (...flags: string[]) =>
    run(process.execPath, ['scenarios/audit/command.ts', '--patience', '0', ...flags], {
      cwd: new URL('../', import.meta.url),
    })

  test('finds the platform by its data directory, and ends with 0 when the books agree', async () => {
    const { stdout } = await command('--data', platform.dataDir, '--json')
    const report = JSON.parse(stdout) as AuditReport
    expect(report).toMatchObject({ orders: 3, ordersByStatus: { DELIVERED: 1, CANCELLED: 2 }, carts: 1 })
    expect(report.differences).toEqual([])
  })

  test('says in words what differs and what that means, and ends with 1', async () => {
    await change('gateway', `update authorizations set refunded = 1 where captured > 0`)
    const failed = await command('--postgres', platform.postgres()).catch((error: unknown) => error)
    await change('gateway', `update authorizations set refunded = 0`)
    expect(failed).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/3 differences:.*NET_CHARGE order .*LEDGERS_DIFFER: /s),
    })
  })

  test('ends with 5 and says what to do where no platform runs', async () => {
    const failed = await command('--data', '/nowhere').catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 5, stderr: expect.stringContaining('npm start') })
  })
})
