import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { EmbeddedPostgres, PostgresExit } from '../src/index.ts'
import { startEmbeddedPostgres } from '../src/index.ts'
import { setting, sql } from './sql.ts'

let dataDir: string
let postgres: EmbeddedPostgres

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stocker-postgres-'))
  postgres = await startEmbeddedPostgres({ dataDir, port: 0, settings: { work_mem: '7MB' } })
})

afterAll(async () => {
  await postgres?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

test('a database per service, made once', async () => {
  const order = await postgres.createDatabase('order-service')
  const payment = await postgres.createDatabase('payment-service')
  await sql(order, 'create table t as select 1 as a')
  expect(await postgres.createDatabase('order-service')).toBe(order)
  expect(await sql(order, 'select a from t')).toEqual([{ a: 1 }])
  await expect(sql(payment, 'select a from t')).rejects.toThrow('does not exist')
})

test('what was committed before a stop is there after the next start, at the same address', async () => {
  const url = await postgres.createDatabase('restarted')
  await sql(url, 'create table t as select 1 as a')

  await postgres.stop()
  expect(postgres.running).toBe(false)
  await postgres.start()

  expect(await sql(url, 'select a from t')).toEqual([{ a: 1 }])
})

test('what was committed before a kill -9 is there after the next start, and nothing else', async () => {
  const url = await postgres.createDatabase('killed')
  await sql(url, 'create table t (a int)')
  await sql(url, 'insert into t values (1)')
  const open = new pg.Client({ connectionString: url })
  open.on('error', () => undefined)
  await open.connect()
  await open.query('begin; insert into t values (2)')

  await postgres.kill()
  await postgres.start()

  expect(await sql(url, 'select a from t')).toEqual([{ a: 1 }])
  await sql(url, 'insert into t values (3)')
})

test('a crash is told as unexpected, a stop as expected', async () => {
  const exits: PostgresExit[] = []
  const unsubscribe = postgres.onExit((exit) => exits.push(exit))

  process.kill(postgres.pid, 'SIGKILL')
  await waitFor(() => exits.length === 1, { what: 'the crash to be told' })
  await postgres.start()
  await postgres.stop()
  await waitFor(() => exits.length === 2, { what: 'the stop to be told' })
  unsubscribe()
  await postgres.start()

  expect(exits).toMatchObject([
    { signal: 'SIGKILL', expected: false },
    { code: 0, expected: true },
  ])
})

test('start while it runs and stop while it is stopped do nothing', async () => {
  const { pid } = postgres
  await Promise.all([postgres.start(), postgres.start()])
  expect(postgres.pid).toBe(pid)

  await Promise.all([postgres.stop(), postgres.stop()])
  await postgres.start()
  expect(postgres.pid).not.toBe(pid)
})

test('a stop does not wait for clients that stay connected', async () => {
  const client = new pg.Client({ connectionString: postgres.url() })
  const lost = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  await postgres.stop()
  expect(await lost).toBeInstanceOf(Error)
  await postgres.start()
})

test('text is UTF-8, sorted by code point, and case is known for all letters', async () => {
  const words = `select string_agg(w, '' order by w) as sorted, lower('ÄÉ') as lower from (values ('ä'), ('b'), ('B')) v (w)`
  expect(await sql(postgres.url(), words)).toEqual([{ sorted: 'Bbä', lower: 'äé' }])
})

test('a commit waits for the disk unless told otherwise, and settings of the caller win', async () => {
  expect(await setting(postgres.url(), 'fsync')).toBe('on')
  expect(await setting(postgres.url(), 'synchronous_commit')).toBe('on')
  expect(await setting(postgres.url(), 'work_mem')).toBe('7MB')
  expect(await setting(postgres.url(), 'listen_addresses')).toBe('127.0.0.1')
})

test('a data directory serves one server at a time', async () => {
  await expect(startEmbeddedPostgres({ dataDir, port: 0 })).rejects.toMatchObject({
    code: 'DATA_DIR_IN_USE',
    message: expect.stringContaining(`PostgreSQL ${postgres.pid} of process ${process.pid}`),
  })
})

test('the server writes its log to the file', async () => {
  expect(await readFile(postgres.logFile, 'utf8')).toContain('ready to accept connections')
})
