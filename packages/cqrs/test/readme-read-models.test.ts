import { readFile } from 'node:fs/promises'
import { Pool } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import * as cqrs from '../src/index.ts'

const database = await createTestDatabase()
const pool = new Pool({ connectionString: database.url })
pool.on('error', () => {})
for (const { up } of cqrs.migrations) await pool.query(up)

const book = cqrs.defineAggregate<
  { title: string },
  { Buy: { title: string }; Lend: { reader: string } },
  { Bought: { title: string }; Lent: { reader: string } }
>({
  name: 'book',
  initial: { title: '' },
  decide: { Buy: (data) => [{ type: 'Bought', data }], Lend: (data) => [{ type: 'Lent', data }] },
  evolve: { Bought: (_, { title }) => ({ title }), Lent: (state) => state },
})
const store = cqrs.createEventStore({ pool, aggregates: [book] })
const bus = cqrs.createCommandBus({ store })
const lend = (reader: string) => bus.execute(book, '1', { type: 'Lend', data: { reader } }, { correlationId: '1' })
await bus.execute(book, '1', { type: 'Buy', data: { title: 'Dune' } }, { correlationId: '1' })
await lend('Ann')

// #region example
// Every loan of every book, written behind the events by whichever instance has the book's segment.
await pool.query('create table loans (book text, number int, reader text, primary key (book, number))')
const loans = cqrs.defineTable({
  name: 'loans',
  key: ['book', 'number'],
  columns: { book: 'text', number: 'int', reader: 'text' },
})
type Loans = { LoansOf: { params: { book: string }; result: string[]; update: string } }
const queries = cqrs.createQueryBus<Loans>({ store })
queries.handle('LoansOf', async (params) => {
  const { rows } = await pool.query('select reader from loans where book = $1 order by number', [params.book])
  return rows.map(({ reader }) => reader)
})
const readerOf = (event: cqrs.StoredEvent) => (event as cqrs.StoredEvent<{ reader: string }>).data.reader
const processor = cqrs.createTrackingProcessor({
  store,
  name: 'loans',
  types: ['Lent'],
  handle: (events) => [
    loans.insert(events.map((event) => ({ book: event.stream, number: event.version, reader: readerOf(event) }))),
  ],
  onHandled: (events) => {
    for (const event of events) queries.emit('LoansOf', (params) => params.book === event.stream, readerOf(event))
  },
  onReset: () => [{ text: 'truncate loans', values: [] }],
})
processor.start() // begins with the first event there is

// Read your own write: the token of a command says how far the read model must be.
const lent = await lend('Bob')
if (lent.status === 'accepted') await processor.reached(lent.token, 5_000)
await queries.query('LoansOf', { book: 'book-1' }) // ['Ann', 'Bob']

// A result, and what changes in it from then on.
const { initial, updates } = await queries.subscribe('LoansOf', { book: 'book-1' }) // ['Ann', 'Bob']
await lend('Cid')
const { value: change } = await updates.next() // { type: 'update', update: 'Cid' }

// Write it all anew, while instances work.
await processor.reset({ to: 'start' })
// #endregion

test('the example does what it says', async () => {
  expect(initial).toEqual(['Ann', 'Bob'])
  expect(change).toEqual({ type: 'update', update: 'Cid' })
  expect(await processor.reached(store.versionToken(), 10_000)).toBe(true)
  expect(await queries.query('LoansOf', { book: 'book-1' })).toEqual(['Ann', 'Bob', 'Cid'])
})

test('the README shows it', async () => {
  const [readme, own] = await Promise.all([
    readFile(new URL('../README.md', import.meta.url), 'utf8'),
    readFile(new URL(import.meta.url), 'utf8'),
  ])
  const example = own.split('// #region example\n')[1]?.split('// #endregion')[0] ?? 'none'
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
})

afterAll(async () => {
  queries.close()
  await processor.stop()
  await bus.close()
  await store.close()
  await pool.end()
  await database.drop()
})
