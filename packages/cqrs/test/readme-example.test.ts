import { readFile } from 'node:fs/promises'
import { afterAll, expect, test, vi } from 'vitest'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'

const database = await createTestDatabase()
const { url } = database
const printed = vi.spyOn(console, 'log').mockImplementation(() => {})

// #region example
import * as cqrs from '@stocker/cqrs'
import { Pool } from 'pg'

// The rules: what may happen to a book, and what it is after that. Pure functions.
type Book = { title: string; reader: string | null }
type Commands = { Buy: { title: string }; Lend: { reader: string }; TakeBack: object }
type Events = { Bought: { title: string }; Lent: { reader: string }; Returned: object }
const book = cqrs.defineAggregate<Book, Commands, Events>({
  name: 'book',
  initial: { title: '', reader: null },
  decide: {
    Buy: (data) => [{ type: 'Bought', data }],
    Lend: (data, { reader }) => (reader ? cqrs.reject('LENT', `${reader} has it`) : [{ type: 'Lent', data }]),
    TakeBack: (_, { reader }) => (reader ? [{ type: 'Returned', data: {} }] : []),
  },
  evolve: {
    Bought: (state, { title }) => ({ ...state, title }),
    Lent: (state, { reader }) => ({ ...state, reader }),
    Returned: (state) => ({ ...state, reader: null }),
  },
})

// The tables, and a read model that is written in the transaction of the events.
const pool = new Pool({ connectionString: url })
for (const { up } of cqrs.migrations) await pool.query(up)
await pool.query('create table shelf (id text primary key, title text, reader text)')
const shelf = cqrs.defineTable({ name: 'shelf', key: ['id'], columns: { id: 'text', title: 'text', reader: 'text' } })
const store = cqrs.createEventStore({
  pool,
  aggregates: [book],
  projections: [
    { name: 'shelf', project: (all) => [shelf.upsert(all.map(({ id, state }) => ({ id, ...(state as Book) })))] },
  ],
})

// Commands from callers. The same idempotency key takes effect once.
const bus = cqrs.createCommandBus({ store })
const idempotency = { key: 'click 1', fingerprint: 'Dune' }
await bus.execute(book, '1', { type: 'Buy', data: { title: 'Dune' } }, { correlationId: '1', idempotency })

// Messages from elsewhere. Each takes effect once, however often it is delivered.
const inbox = cqrs.createInbox({
  store,
  consumer: 'library',
  handlers: {
    Reserved: ({ data }, unit) => unit.execute(book, '1', { type: 'Lend', data: data as { reader: string } }),
  },
})
const source = { topic: 'reservations', partition: 0, offset: 0n }
const message = { id: 'm1', type: 'Reserved', key: '1', data: { reader: 'Ann' }, correlationId: '1', source }
await inbox.handle([message, message])

// Events to elsewhere: in order, repeated after a crash, never lost.
const publisher = cqrs.createPublisher({
  store,
  name: 'library-events',
  map: (event) => ({ topic: 'library', key: event.stream, value: event.data as object, event }),
  send: async (records) => console.log(records.map(({ value }) => value)),
})
publisher.start() // prints [ { title: 'Dune' }, { reader: 'Ann' } ]
// #endregion

test('the example does what it says', async () => {
  await waitFor(() => printed.mock.calls.flat(2).length === 2, { what: 'both events' })
  expect(printed.mock.calls.flat(2)).toEqual([{ title: 'Dune' }, { reader: 'Ann' }])
  expect((await pool.query('select * from shelf')).rows).toEqual([{ id: '1', title: 'Dune', reader: 'Ann' }])
  expect((await store.load(book, '1')).version).toBe(2)
})

test('the README shows it', async () => {
  const [readme, own] = await Promise.all([
    readFile(new URL('../README.md', import.meta.url), 'utf8'),
    readFile(new URL(import.meta.url), 'utf8'),
  ])
  const example = own.split('// #region example\n')[1]?.split('// #endregion')[0] ?? 'none'
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
})

afterAll(async () => {
  await publisher.stop()
  await bus.close()
  await store.close()
  await pool.end()
  await database.drop()
})
