import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TOPIC_NAMES } from '@stocker/contracts'
import type { Platform } from '@stocker/platform'
import { startPlatform, tellStory } from '@stocker/platform'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bookkeeper } from './audit/databases.ts'
import { databasesOn } from './audit/databases.ts'
import type { AuditReport } from './audit/index.ts'
import { audit } from './audit/index.ts'
import { readTrails } from './audit/read-trails.ts'
import { trailDifferences } from './audit/trails.ts'
import { scenario as cartToDelivery } from './cart-to-delivery.ts'
import { scenario as declinedCard } from './declined-card.ts'
import { readTopics } from './event-log.ts'

const run = promisify(execFile)

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
  for (const scenario of [cartToDelivery, declinedCard]) {
    const end = await tellStory(scenario, {
      url: (name) => platform.url(name),
      token: (claims) => platform.token(claims),
      services: [],
      onLine: () => undefined,
    })
    expect(end.failure).toBeUndefined()
  }
  expect((await audit(databases(), { settled: true })).differences).toEqual([])
})
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

/** What the trail of a case is read from, changed by hand: how it is undone, and what the comparison with the topics says. */
const TRAIL_DEEDS: readonly (readonly [
  database: Bookkeeper,
  deed: string,
  undone: string,
  found: readonly [kind: string, text: string][],
])[] = [
  [
    'payment',
    `update inbox set record_offset = record_offset + 100000 where message_id = (select min(message_id) from inbox)`,
    `update inbox set record_offset = record_offset - 100000 where record_offset >= 100000`,
    [['TRAIL_HANDLING', 'where there is no event']],
  ],
  [
    'delivery',
    `update inbox set message_id = message_id || '!' where message_id = (select min(message_id) from inbox)`,
    `update inbox set message_id = rtrim(message_id, '!')`,
    [
      ['TRAIL_HANDLING', 'delivery-service did not handle OrderDispatchedEvent'],
      ['TRAIL_HANDLING', '1 handled messages belong to no case'],
    ],
  ],
  [
    'dispatch',
    `update events set correlation_id = correlation_id || '!' where type = 'OrderDispatchedEvent'`,
    `update events set correlation_id = rtrim(correlation_id, '!')`,
    [['TRAIL_EVENT', 'was published; the trail has it 0 times']],
  ],
  [
    'delivery',
    `update events set id = 'ffffffff-ffff-7fff-bfff-ffffffffffff' where type = 'OrderDeliveredEvent'`,
    `update events set id = '$ID' where type = 'OrderDeliveredEvent'`,
    [
      ['TRAIL_EVENT', 'was published; the trail has it 0 times'],
      ['TRAIL_EVENT', 'which is in no topic'],
    ],
  ],
  [
    'order',
    `update orders set customer_id = customer_id || '!' where status = 'DELIVERED'`,
    `update orders set customer_id = rtrim(customer_id, '!')`,
    [['TRAIL_EFFECT', 'customer_id is']],
  ],
  [
    'gateway',
    `update movements set idempotency_key = idempotency_key || '!' where kind = 'capture'`,
    `update movements set idempotency_key = rtrim(idempotency_key, '!')`,
    [
      ['TRAIL_CALL', 'it was made, and no trail shows who asked for it'],
      ['TRAIL_CALL', 'its trail shows an answer, and payment-gateway was not asked'],
    ],
  ],
  [
    'payment',
    `update events set causation_id = causation_id || '!' where type = 'PaymentCapturedEvent'`,
    `update events set causation_id = rtrim(causation_id, '!')`,
    [['TRAIL_CALL', 'its trail shows no answer']],
  ],
  [
    'delivery',
    `insert into outbound_calls (name, key, request, correlation_id, causation_id, due_at)
     values ('courier', 'delivery-o-1', '{}', 'o-1', 'o-1', now() + interval '1 day')`,
    `delete from outbound_calls where key = 'delivery-o-1'`,
    [['TRAIL_CALL', 'it waits for an answer, and no trail shows who asked for it']],
  ],
]

describe('the trails of all cases', () => {
  const trails = async () => {
    const records = await readTopics(platform.kafka, TOPIC_NAMES)
    return { records, differences: trailDifferences(records, await readTrails(databases(), records)) }
  }

  test('agree with the topics and the databases', async () => {
    expect((await trails()).differences).toEqual([])
  })

  test.each(TRAIL_DEEDS)('do not when somebody changes %s: %s', async (database, deed, undone, found) => {
    const { records } = await trails()
    const delivered = records.find(({ eventType }) => eventType === 'OrderDeliveredEvent')
    await change(database, deed)
    const { differences } = await trails()
    await change(database, undone.replace('$ID', delivered?.eventId ?? ''))
    expect(differences.map(({ kind, text }) => [kind, text])).toEqual(
      found.map(([kind, text]) => [kind, expect.stringContaining(text)]),
    )
  })
})

describe('npm run audit', () => {
  const command = (...flags: string[]) =>
    run(process.execPath, ['scenarios/audit/command.ts', '--patience', '0', ...flags], {
      cwd: new URL('../', import.meta.url),
    })

  test('finds the platform by its data directory, and ends with 0 when the books agree', async () => {
    const { stdout } = await command('--data', platform.dataDir, '--trails', '--json')
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
