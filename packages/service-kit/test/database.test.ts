import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@stocker/embedded-postgres'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import type { DatabaseOptions } from '../src/database/connect-database.ts'
import { connectDatabase } from '../src/database/connect-database.ts'
import { parseExact } from '../src/database/type-parsers.ts'
import { createHealth } from '../src/health.ts'
import { createMetrics } from '../src/metrics/create-metrics.ts'
import { recordingLogger } from './http-fixture.ts'

let server: TestDatabase

beforeAll(async () => {
  server = await createTestDatabase()
})

afterAll(() => server.drop())

const connect = (options: Partial<DatabaseOptions> = {}) => {
  const { logger, lines } = recordingLogger()
  return { database: connectDatabase({ url: server.url, logger, ...options }), lines }
}

describe('migrations', () => {
  const list = [
    { name: 'kernel-0001', up: 'create table kernel (id int primary key); create index on kernel (id);' },
    { name: 'a-service-0001', up: 'create table service (id int references kernel)' },
  ]

  test('run in the order of the list, whatever their names, once', async () => {
    const own = await createTestDatabase()
    const { database, lines } = connect({ url: own.url })

    await database.migrate(list)
    await database.migrate(list)

    expect(lines.filter(({ msg }) => msg === 'database schema migrated')).toMatchObject([
      { migrations: ['kernel-0001', 'a-service-0001'] },
    ])
    await database.close()
    await own.drop()
  })

  test('of several instances that start together one migrates and the others wait', async () => {
    const own = await createTestDatabase()
    const slow = [{ name: 'slow', up: 'select pg_sleep(2.5); create table slow (id int)' }]
    const instances = Array.from({ length: 3 }, () =>
      connect({ url: own.url, timeouts: { statementTimeoutMs: 2_000 } }),
    )

    await Promise.all(instances.map(({ database }) => database.migrate(slow)))

    expect(
      instances.flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'database schema migrated')),
    ).toHaveLength(1)
    await Promise.all(instances.map(({ database }) => database.close()))
    await own.drop()
  })

  test('a list may grow in the middle, because it is made of several', async () => {
    const own = await createTestDatabase()
    const { database } = connect({ url: own.url })
    const [kernel, service] = list as [(typeof list)[0], (typeof list)[0]]
    await database.migrate([kernel, service])

    await database.migrate([kernel, { name: 'kernel-0002', up: 'create table later (id int)' }, service])

    expect((await database.pool.query("select to_regclass('later') is not null as there")).rows).toEqual([
      { there: true },
    ])
    await database.close()
    await own.drop()
  })

  test('one that fails says which and why, and leaves nothing behind', async () => {
    const own = await createTestDatabase()
    const { database } = connect({ url: own.url })

    await expect(
      database.migrate([
        { name: 'good', up: 'create table good (id int)' },
        { name: 'bad', up: 'create table bad (id int); create tabel typo (id int)' },
      ]),
    ).rejects.toThrow(/The migration "bad" failed, and nothing was changed: syntax error at or near "tabel"/)

    const { rows } = await database.pool.query("select to_regclass('good') as good, to_regclass('bad') as bad")
    expect(rows).toEqual([{ good: null, bad: null }])
    await database.close()
    await own.drop()
  })

  test('a database that is ahead of the program is refused', async () => {
    const own = await createTestDatabase()
    const { database } = connect({ url: own.url })
    await database.migrate(list)

    await expect(database.migrate(list.slice(0, 1))).rejects.toMatchObject({ code: 'MIGRATION_FAILED' })
    await database.close()
    await own.drop()
  })

  test('two of one name are refused', async () => {
    const { database } = connect()

    await expect(database.migrate([...list, ...list])).rejects.toMatchObject({ code: 'DUPLICATE_MIGRATION' })
    await database.close()
  })
})

describe('connections', () => {
  test('bigints arrive as numbers, or as an error where a number would not be exact', async () => {
    const { database } = connect()

    expect((await database.pool.query("select count(*), 12::bigint as twelve, '7'::text as text")).rows).toEqual([
      { count: 1, twelve: 12, text: '7' },
    ])
    await expect(database.pool.query('select 9007199254740993::bigint as n')).rejects.toMatchObject({
      code: 'NUMBER_NOT_EXACT',
    })
    expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(parseExact('-9007199254740991')).toBe(-9007199254740991)
    await database.close()
  })

  test('kysely works on the pool, with types of the tables', async () => {
    const { logger } = recordingLogger()
    const database = connectDatabase<{ t: { id: number } }>({ url: server.url, logger })

    await sql`create table if not exists t (id int)`.execute(database.kysely)
    await database.kysely.insertInto('t').values({ id: 7 }).execute()
    const { id } = await database.kysely.selectFrom('t').select('id').executeTakeFirstOrThrow()

    expect(id).toBe(7)
    await database.close()
  })

  test('no statement, lock, transaction or idle transaction outlives its limit', async () => {
    const { database } = connect({
      timeouts: {
        statementTimeoutMs: 2_001,
        lockTimeoutMs: 2_002,
        idleInTransactionTimeoutMs: 2_003,
        transactionTimeoutMs: 2_004,
      },
      applicationName: 'limits',
    })
    const { rows } = await database.pool.query(
      "select name, setting from pg_settings where name ~ '(statement|lock|transaction|session)_timeout|application_name' order by 1",
    )

    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toMatchObject({
      application_name: 'limits',
      statement_timeout: '2001',
      lock_timeout: '2002',
      idle_in_transaction_session_timeout: '2003',
      transaction_timeout: '2004',
    })
    await expect(database.pool.query('select pg_sleep(600)')).rejects.toMatchObject({ code: '57014' })
    await database.close()
  })

  test('the pool is measured', async () => {
    const metrics = createMetrics({ process: false })
    const { database } = connect({ metrics })
    const client = await database.pool.connect()

    const text = await metrics.exposition()

    expect(text).toMatch(/db_client_connection_count\{.*state="used"\} 1/)
    expect(text).toMatch(/db_client_connection_pending_requests\{.*\} 0/)
    client.release()
    await database.close()
  })

  test('a URL that is none is refused without repeating its password', () => {
    const { logger } = recordingLogger()

    expect(() => connectDatabase({ url: 'postgres//shop:hunter2@host', logger })).toThrow(/must look like postgres:/)
    expect(() => connectDatabase({ url: 'postgres//shop:hunter2@host', logger })).not.toThrow(/hunter2/)
  })
})

test('a database that comes late is waited for; one that goes is reported and found again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'service-kit-postgres-'))
  const postgres = await startEmbeddedPostgres({ dataDir, port: 0 })
  await postgres.stop()
  const health = createHealth()
  const { database, lines } = connect({ url: postgres.url(), health, timeouts: { connectTimeoutMs: 1_000 } })
  const component = async () => (await health.report()).components.database

  const ready = database.ready()
  await waitFor(() => lines.find(({ msg }) => String(msg).startsWith('waiting for the database')), {
    what: 'the wait in the log',
  })
  expect(await component()).toMatchObject({ up: false, detail: expect.stringContaining('ECONNREFUSED') })
  expect(JSON.stringify(lines)).not.toContain('stocker:')

  await postgres.start()
  await ready
  expect(lines.at(-1)).toMatchObject({ level: 'info', msg: expect.stringMatching(/ is there$/) })
  expect(await component()).toMatchObject({ up: true })

  const lent = await database.pool.connect()
  const idle = await database.pool.connect()
  idle.release()
  await postgres.kill()
  // Before anybody asks after its health: whoever did would take the idle connection, and find it broken.
  await waitFor(() => lines.some(({ msg }) => String(msg).startsWith('lost an idle connection')), {
    what: 'the lost idle connection in the log',
  })
  lent.release(true)
  await waitFor(async () => (await component())?.up === false, { what: 'the database to be reported down' })

  await postgres.start()
  await waitFor(async () => (await component())?.up === true, { what: 'the database to be reported up' })
  await database.close()
  await postgres.stop()
  await rm(dataDir, { recursive: true, force: true })
})

test('the wait for a database ends when the service stops', async () => {
  const { database } = connect({ url: 'postgres://shop:pw@127.0.0.1:1/shop' })
  const stop = new AbortController()

  const ready = database.ready(stop.signal)
  stop.abort()

  await expect(ready).rejects.toMatchObject({ code: 'STOPPED' })
  await database.close()
})
