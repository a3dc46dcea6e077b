import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { EventStore, InlineProjection, RowDifference } from '../src/index.ts'
import { createCommandBus, defineTable, rebuildProjection } from '../src/index.ts'
import type { Account } from './bank.ts'
import { account, savings } from './bank.ts'
import type { TestKernel } from './kernel.ts'
import { newId, testKernel } from './kernel.ts'

const balances = defineTable({
  name: 'balances',
  key: ['id'],
  columns: { id: 'text', balance: 'int', version: 'int', detail: 'json' },
})

/** One row per account, from its state. */
const balanceList: InlineProjection = {
  name: 'balances',
  aggregates: ['account'],
  tables: ['balances'],
  project: (changes) => [
    balances.upsert(
      changes.map(({ id, state, version }) => ({ id, balance: (state as Account).balance, version, detail: state })),
    ),
  ],
}

/** Sums over all accounts, which depend on every event exactly once; transactions add rows, so none waits for another. */
const turnover: InlineProjection = {
  name: 'turnover',
  tables: [
    { name: 'turnover', meaning: 'select type, sum(events) as events from turnover group by type', key: ['type'] },
  ],
  project: (changes) => {
    const types = changes.flatMap(({ events }) => events.map(({ type }) => type))
    return [
      { text: 'insert into turnover (type, events) select type, 1 from unnest($1::text[]) as type', values: [types] },
    ]
  },
}

async function bank(projections: readonly InlineProjection[] = [balanceList, turnover]) {
  const kernel = await testKernel()
  await kernel.pool.query(`
    create table balances (id text primary key, balance int, version int, detail json);
    create index balances_by_balance on balances (balance);
    create table turnover (type text not null, events int not null);
    create table notes (id text primary key)`)
  const store = kernel.store({ projections })
  return { kernel, store, bus: createCommandBus({ store }) }
}

const fill = async (store: EventStore, accounts: number, deposits = 3): Promise<string[]> => {
  const ids = Array.from({ length: accounts }, newId)
  await store.transact(
    (unit) => {
      for (const id of ids) {
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        for (let n = 1; n <= deposits; n += 1) unit.execute(account, id, { type: 'Deposit', data: { amount: n } })
      }
    },
    { correlationId: 'filling' },
  )
  return ids
}

const schemasOf = async (kernel: TestKernel) =>
  (await kernel.rows<{ nspname: string }>(`select nspname from pg_namespace where nspname like 'rebuild %'`)).length

describe('a rebuild that compares', () => {
  test('finds nothing in tables that are as the events say, and leaves nothing behind', async () => {
    const { kernel, store } = await bank()
    const ids = await fill(store, 20)
    await store.transact((unit) => unit.execute(savings, 's', { type: 'Open', data: { owner: 'Bob' } }), {
      correlationId: 's',
    })
    expect(await rebuildProjection(store, balanceList, { mode: 'compare', batchSize: 7 })).toEqual({
      projection: 'balances',
      events: 81,
      tables: [{ table: 'balances', differing: 0, differences: [] }],
      swapped: false,
    })
    expect(await rebuildProjection(store, turnover, { mode: 'compare' })).toMatchObject({
      tables: [{ table: 'turnover', differing: 0 }],
    })
    expect(await kernel.rows('select count(*)::int from balances')).toEqual([{ count: ids.length }])
    expect(await schemasOf(kernel)).toBe(0)
  })

  test('names every row that differs, lacks or is too many, by key, with both forms, up to a limit', async () => {
    const { kernel, store } = await bank()
    const [changed, gone] = (await fill(store, 5)).sort() as [string, string]
    await kernel.rows('update balances set balance = 99 where id = $1', [changed])
    await kernel.rows('delete from balances where id = $1', [gone])
    await kernel.rows(`insert into balances values ('zz', 1, 1, '{}')`)
    const report = await rebuildProjection(store, balanceList, { mode: 'compare' })
    const detail = { open: true, balance: 6, movements: 3 }
    const differences: RowDifference[] = [
      {
        key: { id: changed },
        live: { id: changed, balance: 99, version: 4, detail },
        rebuilt: { id: changed, balance: 6, version: 4, detail },
      },
      { key: { id: gone }, live: null, rebuilt: { id: gone, balance: 6, version: 4, detail } },
      { key: { id: 'zz' }, live: { id: 'zz', balance: 1, version: 1, detail: {} }, rebuilt: null },
    ]
    expect(report.tables).toEqual([{ table: 'balances', differing: 3, differences }])
    const limited = await rebuildProjection(store, balanceList, { mode: 'compare', maxDifferences: 1 })
    expect(limited.tables).toEqual([{ table: 'balances', differing: 3, differences: differences.slice(0, 1) }])
    expect(await kernel.rows('select balance from balances where id = $1', [changed])).toEqual([{ balance: 99 }])
  })

  test('is exact while others write all the time', async () => {
    const { kernel, store, bus } = await bank()
    const other = createCommandBus({ store: kernel.store({ projections: [balanceList, turnover] }) })
    const ids = await fill(store, 30)
    let writing = true
    let written = 0
    const writers = [bus, other].flatMap((to, w) =>
      Array.from({ length: 2 }, async (_, n) => {
        for (let at = n; writing; at += 1) {
          const id = at % 7 === 0 ? newId() : (ids[(at * 5 + w) % ids.length] as string)
          const command =
            at % 7 === 0
              ? ({ type: 'Open', data: { owner: 'Eve' } } as const)
              : ({ type: 'Deposit', data: { amount: 1 } } as const)
          await to.execute(account, id, command, { correlationId: id })
          written += 1
        }
      }),
    )
    for (let round = 0; round < 3; round += 1) {
      const before = written
      await waitFor(() => written > before, { what: 'the others to write' })
      for (const projection of [balanceList, turnover]) {
        const { tables } = await rebuildProjection(store, projection, {
          mode: 'compare',
          batchSize: 200,
          maxPauseMs: 30_000,
        })
        expect(tables).toEqual([{ table: projection.name, differing: 0, differences: [] }])
      }
    }
    writing = false
    await Promise.all(writers)
  })
})

describe('a rebuild that swaps', () => {
  test('gives the live tables the rows that the events say, at once, while others write', async () => {
    const { kernel, store, bus } = await bank()
    const ids = (await fill(store, 30)).toSorted()
    await kernel.rows('update balances set balance = -1 where id < $1', [ids[10]])
    await kernel.rows('delete from balances where id > $1', [ids[20]])
    await kernel.rows(`insert into turnover values ('Opened', 1000)`)
    let writing = true
    const seen = new Set<number>()
    const writer = (async () => {
      for (let n = 0; writing; n += 1) {
        // Only of accounts whose rows are right: a change would set the others right before they are found.
        const id = ids[10 + (n % 11)] as string
        await bus.execute(account, id, { type: 'Deposit', data: { amount: 0 } }, { correlationId: id })
        const [row] = await kernel.rows<{ wrong: number }>(
          `select count(*) filter (where type = 'Opened' and events = 1000)::int as wrong from turnover`,
        )
        seen.add(row?.wrong ?? -1)
      }
    })()
    await waitFor(() => seen.has(1), { what: 'a look at the wrong row' })
    const [first] = (await rebuildProjection(store, balanceList, { mode: 'swap' })).tables
    expect(first?.differing).toBe(10 + 9)
    const report = await rebuildProjection(store, turnover, { mode: 'swap' })
    expect(report).toMatchObject({
      swapped: true,
      tables: [{ differences: [{ key: { type: 'Opened' }, live: { events: 1030 }, rebuilt: { events: 30 } }] }],
    })
    await waitFor(() => seen.has(0), { what: 'a look after the swap' })
    writing = false
    await writer
    for (const projection of [balanceList, turnover]) {
      const { tables } = await rebuildProjection(store, projection, { mode: 'compare' })
      expect(tables).toMatchObject([{ differing: 0 }])
    }
    expect([...seen]).toEqual([1, 0])
    // What belongs to the table is still there.
    expect(await kernel.rows(`select indexname from pg_indexes where tablename = 'balances' order by 1`)).toEqual([
      { indexname: 'balances_by_balance' },
      { indexname: 'balances_pkey' },
    ])
  })
})

describe('what cannot be rebuilt from the events alone is refused, and nothing is changed', () => {
  const refusals: readonly [string, Partial<InlineProjection>, string][] = [
    ['names no tables', { tables: [] }, "does not name its 'tables'"],
    ['names a table that does not exist', { tables: ['nowhere'] }, "Table 'nowhere' does not exist"],
    ['has a table without a primary key', { tables: ['turnover'] }, "Table 'turnover' has no primary key"],
    [
      'writes to a table that it does not name',
      { project: () => [{ text: `insert into notes values ('x')`, values: [] }] },
      "uses a table that is not among its 'tables'",
    ],
    [
      'writes to it by its full name',
      { project: () => [{ text: `insert into public.notes values ('x')`, values: [] }] },
      "writes to a table that is not among its 'tables'",
    ],
    [
      'reads a table that others write',
      { project: () => [{ text: 'insert into balances (id) select id from notes', values: [] }] },
      "uses a table that is not among its 'tables'",
    ],
    [
      'writes what changes from time to time',
      { project: ([change]) => [balances.upsert([{ id: change?.id, balance: 0, version: 0, detail: newId() }])] },
      'gives other statements when it is asked twice',
    ],
  ]
  test.each(refusals)('one that %s', async (_, differing, message) => {
    const { kernel, store } = await bank([balanceList])
    await fill(store, 3)
    const projection = { ...balanceList, ...differing }
    await expect(rebuildProjection(store, projection, { mode: 'swap' })).rejects.toMatchObject({
      code: 'NOT_REBUILDABLE',
      message: expect.stringContaining(message),
    })
    expect(await kernel.rows('select from notes')).toEqual([])
    expect(await kernel.rows('select from balances where balance = 6')).toHaveLength(3)
    expect(await schemasOf(kernel)).toBe(0)
  })

  test('one whose SQL depends on the moment shows in every row', async () => {
    const { store } = await bank([
      {
        ...balanceList,
        project: (changes) => [
          {
            text: `insert into balances (id, detail) select id, to_json(clock_timestamp()) from unnest($1::text[]) as id on conflict do nothing`,
            values: [changes.map(({ id }) => id)],
          },
        ],
      },
    ])
    await fill(store, 4)
    const { tables } = await rebuildProjection(store, balanceList, { mode: 'compare' })
    expect(tables).toMatchObject([{ differing: 4 }])
  })
})

test('a projection is rebuilt by one at a time', async () => {
  const { kernel, store } = await bank()
  await fill(store, 3)
  const writer = await kernel.pool.connect()
  onTestFinished(() => writer.release(true))
  await writer.query('begin; lock table events in row exclusive mode')
  const first = rebuildProjection(store, balanceList, { mode: 'compare', maxPauseMs: 60_000 })
  await waitFor(
    async () => {
      const [lock] = await kernel.rows(
        `select from pg_locks where locktype = 'advisory' and granted
         and database = (select oid from pg_database where datname = current_database())`,
      )
      return lock
    },
    { what: 'the first one to be at it' },
  )
  await expect(rebuildProjection(store, balanceList, { mode: 'compare' })).rejects.toMatchObject({
    code: 'REBUILD_RUNNING',
    retryable: true,
    message: expect.stringContaining('being rebuilt already'),
  })
  await writer.query('rollback')
  expect(await first).toMatchObject({ tables: [{ differing: 0 }] })
})

test('a writer that does not let go ends a rebuild, and is not harmed', async () => {
  const { kernel, store } = await bank()
  await fill(store, 3)
  const holder = await kernel.pool.connect()
  try {
    await holder.query('begin')
    await holder.query('lock table events in row exclusive mode')
    await expect(rebuildProjection(store, balanceList, { mode: 'compare', maxPauseMs: 250 })).rejects.toMatchObject({
      code: 'REBUILD_RUNNING',
    })
    await holder.query('commit')
  } finally {
    holder.release()
  }
  expect(await rebuildProjection(store, balanceList, { mode: 'compare' })).toMatchObject({ tables: [{ differing: 0 }] })
})
