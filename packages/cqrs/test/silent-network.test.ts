import { Pool } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { createCommandBus, createEventStore, createPublisher, migrations } from '../src/index.ts'
import { account } from './bank.ts'
import { newId } from './kernel.ts'
import { silencableWay } from './silencable-way.ts'

const database = await createTestDatabase()
const way = await silencableWay(database.url)
const pool = new Pool({ connectionString: way.url, connectionTimeoutMillis: 1_000 })
pool.on('error', () => {})
for (const { up } of migrations) await pool.query(up)
const store = createEventStore({ pool, aggregates: [account], transactionTimeoutMs: 800 })

afterAll(async () => {
  way.close()
  await store.close()
  await pool.end()
  await database.drop()
})

test('a network that falls silent makes calls fail in time, and all goes on when it is back', async () => {
  const bus = createCommandBus({ store })
  let sent = 0
  const publisher = createPublisher({
    store,
    name: 'silent',
    map: (event) => ({ topic: 't', key: event.stream, value: {}, event }),
    send: async (records) => {
      sent += records.length
    },
  })
  publisher.start()
  const open = () => bus.execute(account, newId(), { type: 'Open', data: { owner: 'Ann' } }, { correlationId: 'c' })
  await waitFor(open, { what: 'a first command' })
  await waitFor(() => sent > 0, { what: 'its event' })
  const before = sent

  way.silence(true)
  const settled = await Promise.allSettled([open(), store.load(account, newId()), publisher.lag()])
  expect(settled).toMatchObject(Array(3).fill({ reason: { code: 'DATABASE_UNAVAILABLE', retryable: true } }))
  await waitFor(() => publisher.lastError !== undefined, { what: 'the publisher to notice' })

  way.silence(false)
  await waitFor(async () => (await open()).status === 'accepted', { what: 'a command' })
  await waitFor(() => sent > before && publisher.state === 'leading', { what: 'its event' })
  await publisher.stop()
  await bus.close()
})
