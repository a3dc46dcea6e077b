import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { movableClock } from './clock.ts'
import { testKernel } from './kernel.ts'

const { pool } = await testKernel()
const { now: clock, move } = movableClock()

const book = cqrs.defineAggregate<
  { reader: string | null },
  { Lend: { reader: string }; Remind: { reader: string }; TakeBack: object },
  { Lent: { reader: string }; Reminded: { reader: string }; Returned: object }
>({
  name: 'book',
  initial: { reader: null },
  decide: {
    Lend: (data) => [{ type: 'Lent', data }],
    Remind: (data) => [{ type: 'Reminded', data }],
    TakeBack: (_, { reader }) => (reader ? [{ type: 'Returned', data: {} }] : []),
  },
  evolve: {
    Lent: (_, data) => data,
    Reminded: (state) => state,
    Returned: () => ({ reader: null }),
  },
})

// #region example
import * as cqrs from '@stocker/cqrs'

// Whoever has had a book for two weeks is reminded; after another week the library fetches it.
const DAY_MS = 24 * 3_600_000
type Loan = { reader: string; reminded: boolean }
type LoanEvents = { Lent: { reader: string }; Returned: object }
const loan = cqrs.defineSaga<Loan, LoanEvents, { overdue: object }>({
  name: 'loan',
  initial: { reader: '', reminded: false },
  on: {
    Lent: {
      id: (_, { key }) => key, // one instance per book
      starts: true,
      reopens: true, // for its next reader
      handle: (_, { reader }) => ({
        state: { reader, reminded: false },
        schedule: { overdue: { afterMs: 14 * DAY_MS } },
      }),
    },
    Returned: { id: (_, { key }) => key, handle: () => ({ end: true }) },
  },
  deadlines: {
    overdue: ({ reader, reminded }, _, { id }) =>
      reminded
        ? { commands: [cqrs.send(book, id, { type: 'TakeBack', data: {} })] } // its event ends the loan
        : {
            state: { reader, reminded: true },
            commands: [cqrs.send(book, id, { type: 'Remind', data: { reader } })],
            schedule: { overdue: { afterMs: 7 * DAY_MS } },
          },
  },
})

const store = cqrs.createEventStore({ pool, aggregates: [book], sagas: [loan], clock })
const deadlines = cqrs.createDeadlines({ store })
deadlines.start()
// #endregion

test('the example does what it says', async () => {
  await deadlines.stop()
  await store.transact((unit) => unit.execute(book, '1', { type: 'Lend', data: { reader: 'Ann' } }), {
    correlationId: '1',
  })
  for (const days of [14, 7]) {
    move(days * DAY_MS)
    expect(await deadlines.fireDue()).toBe(1)
  }
  expect((await store.readStream('book-1')).map(({ type }) => type)).toEqual(['Lent', 'Reminded', 'Returned'])
  expect(await store.saga(loan, '1')).toMatchObject({ endedAt: clock().toISOString(), deadlines: [] })
  await store.close()
})

test('the README shows it', async () => {
  const [readme, own] = await Promise.all([
    readFile(new URL('../README.md', import.meta.url), 'utf8'),
    readFile(new URL(import.meta.url), 'utf8'),
  ])
  const example = own.split('// #region example\n')[1]?.split('// #endregion')[0] ?? 'none'
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
})
