import { createMetrics } from '@stocker/service-kit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { observeLocks, readLocks, withoutLiterals } from '../src/watched-locks.ts'
import { watchedPool } from '../src/watched-pool.ts'
import type { WatchedService } from '../src/watched-services.ts'

let database: TestDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await createTestDatabase()
  pool = watchedPool(database.url)
  const owner = await session('owner')
  await owner.query('create table stock (sku text primary key, pieces int); create table orders (id int)')
  await owner.query(`insert into stock values ('mug', 5)`)
  await owner.end()
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

async function session(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url, application_name: name })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Somebody's open transaction, until the test is over. */
async function holding(name: string, statement: string): Promise<pg.Client> {
  const client = await session(name)
  onTestFinished(() => client.end())
  await client.query('begin')
  await client.query(statement)
  return client
}

const seen = (found: number) =>
  waitFor(
    async () => {
      const locks = await readLocks(pool)
      return locks.length === found && locks
    },
    { what: `${found} locks`, timeoutMs: 30_000 },
  )

describe('who keeps others out of a database', () => {
  it('is whoever has shut a table, though nobody waits at this moment', async () => {
    await holding('migration', 'lock table orders in exclusive mode')
    await holding('reader', 'select from stock')

    expect(await seen(1)).toMatchObject([
      {
        application: 'migration',
        state: 'idle in transaction',
        table: 'orders',
        query: 'lock table orders in exclusive mode',
        waiting: [],
      },
    ])
  })

  it('is whoever holds a row that others wait for, with those, and without the values in their statements', async () => {
    const holder = await holding('clerk', `update stock set pieces = 4 where sku = 'mug'`)
    const waiter = await session('dispatch-service')
    onTestFinished(() => waiter.end())
    const waits = waiter.query(`update stock set pieces = 3 where sku = 'mug'`)

    const query = 'update stock set pieces = … where sku = …'
    expect(await seen(1)).toMatchObject([
      { application: 'clerk', table: null, query, waiting: [{ application: 'dispatch-service', query }] },
    ])
    await holder.query('rollback')
    await waits
  })

  it('is told as a metric for each database, 0 where nobody does; one that does not answer keeps no other from being told', async () => {
    const [metrics, away] = [createMetrics({ process: false }), watchedPool('postgres://nobody@127.0.0.1:1/away')]
    onTestFinished(() => away.end())
    const watched = [
      { name: 'order-service', pool },
      { name: 'cart-service', pool: away },
    ] as unknown as WatchedService[]
    observeLocks(metrics, watched)
    const held = async (): Promise<string[]> => {
      const text = await metrics.exposition()
      return text.split('\n').filter((line) => line.startsWith('database_lock_held_seconds'))
    }
    const name = new URL(database.url).pathname.slice(1)
    await waitFor(async () => (await held())[0]?.endsWith(' 0'), { what: 'a 0', timeoutMs: 30_000 })

    await holding('migration', 'lock table orders in exclusive mode')

    await waitFor(async () => Number((await held())[0]?.split(' ')[1]) > 1, { what: 'its age', timeoutMs: 30_000 })
    expect(await held()).toEqual([
      expect.stringContaining(`database_lock_held_seconds{service="order-service",database="${name}"} `),
    ])
  })
})

it.each([
  [`select * from o where name = 'Ada O''Hara' and n = 42`, 'select * from o where name = … and n = …'],
  [`update t set a = E'it\\'s' -- Ada\nwhere id = $1`, 'update t set a = … … where id = $1'],
  ['do $body$ select 1 $body$', 'do …'],
  [`insert into t1 values ('cut off`, 'insert into t1 values (…'],
  ['/* Ada */ commit', '… commit'],
])('of the statement %s only the form is shown', (query, form) => {
  expect(withoutLiterals(query)).toBe(form)
})
