import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { EmbeddedPostgresOptions } from '../src/index.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../src/index.ts'
import { sql } from './sql.ts'

const isRoot = process.getuid?.() === 0
// Neither the temporary directory nor one that others may enter.
const CLOSED_HOME = '/root'
let directory: string
let dataDir: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stocker-postgres-'))
  await chmod(directory, 0o755)
})

beforeEach(async () => {
  dataDir = join(directory, `data-${process.hrtime.bigint()}`)
})

afterAll(() => rm(directory, { recursive: true, force: true }))

async function failureOf(options: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgresError> {
  try {
    await using postgres = await startEmbeddedPostgres({ dataDir, port: 0, ...options })
    throw new Error(`started as ${postgres.pid}`)
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) return error
    throw error
  }
}

test('a taken port is named', async () => {
  const stranger = createServer((socket) => socket.end('HTTP/1.1 400\r\n\r\n')).listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const address = stranger.address()
  const port = address !== null && typeof address === 'object' ? address.port : -1
  try {
    const failure = await failureOf({ port })
    expect(failure.code).toBe('PORT_IN_USE')
    expect(failure.message).toContain(`port ${port} on 127.0.0.1 is in use`)
  } finally {
    stranger.close()
  }
})

test('a server that fails gives its last lines', async () => {
  const failure = await failureOf({ settings: { shared_buffers: 'plenty' } })
  expect(failure.code).toBe('START_FAILED')
  expect(failure.message).toContain('invalid value for parameter "shared_buffers": "plenty"')
  expect(failure.message).toContain(join(dataDir, 'postgres.log'))
})

test('another password than the one it was set up with is refused as such', async () => {
  const postgres = await startEmbeddedPostgres({ dataDir, port: 0, password: 'one' })
  await postgres.stop()
  const failure = await failureOf({ password: 'other' })
  expect(failure.code).toBe('LOGIN_REFUSED')
  expect(failure.message).not.toContain('other,')

  await using again = await startEmbeddedPostgres({ dataDir, port: 0, password: 'one' })
  expect(again.running).toBe(true)
})

test('a cluster of another major version is refused, not touched', async () => {
  await mkdir(join(dataDir, 'cluster'), { recursive: true })
  await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '16\n')
  const failure = await failureOf({})
  expect(failure.code).toBe('VERSION_MISMATCH')
  expect(failure.message).toContain('was made by PostgreSQL 16, and this is 18')
})

test('an interrupted setup is begun anew', async () => {
  await mkdir(join(dataDir, 'cluster.new', 'base'), { recursive: true })
  await using postgres = await startEmbeddedPostgres({ dataDir, port: 0, settings: { fsync: 'off' } })
  expect(await sql(postgres.url(), 'select 1 as a')).toEqual([{ a: 1 }])
})

test('the lock file of a crashed server does not hold when its pid is now another process', async () => {
  const postgres = await startEmbeddedPostgres({ dataDir, port: 0, settings: { fsync: 'off' } })
  await postgres.stop()
  const cluster = join(dataDir, 'cluster')
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n1\n54320\n\n127.0.0.1\n`)

  await postgres.start()
  expect(postgres.running).toBe(true)
  await postgres.stop()
})

test('a server that is too slow is ended, and the directory is free again', async () => {
  const failure = await failureOf({ startTimeoutMs: 1 })
  expect(failure.code).toBe('START_TIMED_OUT')
  expect(failure.retryable).toBe(true)
  await using postgres = await startEmbeddedPostgres({ dataDir, port: 0 })
  expect(postgres.running).toBe(true)
})

test.each([
  ['port', { port: -1 }],
  ['user', { user: 'pg_admin' }],
  ['password', { password: 'two\nlines' }],
  ['startTimeoutMs', { startTimeoutMs: Number.NaN }],
  ['dataDir', { dataDir: '' }],
  ['settings', { settings: { 'fsync=off -c x': 'y' } }],
])('a wrong %s is refused by name', async (option, options) => {
  const failure = await failureOf(options)
  expect(failure.code).toBe('INVALID_OPTION')
  expect(failure.message).toContain(option)
})

test('a data directory that cannot be made is refused by its path', async () => {
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'file'), '')
  const failure = await failureOf({ dataDir: join(dataDir, 'file', 'data') })
  expect(failure.code).toBe('DATA_DIR_UNUSABLE')
  expect(failure.message).toContain(join(dataDir, 'file', 'data'))
})

test.runIf(isRoot)('root may keep the data where nobody else can go', async () => {
  const closed = await mkdtemp(join(CLOSED_HOME, 'stocker-postgres-'))
  const dataDir = join(closed, 'data')
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, port: 0 })
    await sql(postgres.url(), 'create table t as select 1 as a')
    await postgres.stop()
    const cluster = await readlink(join(dataDir, 'cluster'))
    await postgres.start()
    expect(await sql(postgres.url(), 'select a from t')).toEqual([{ a: 1 }])
    await postgres.stop()

    await rm(dataDir, { recursive: true })
    await using fresh = await startEmbeddedPostgres({ dataDir, port: 0 })
    await expect(sql(fresh.url(), 'select a from t')).rejects.toThrow('does not exist')
    await expect(readlink(cluster)).rejects.toThrow('ENOENT')
  } finally {
    await rm(dirname(await readlink(join(dataDir, 'cluster'))), { recursive: true, force: true })
    await rm(closed, { recursive: true, force: true })
  }
})

test.runIf(isRoot)('what is temporary stays temporary where nobody else can go', async () => {
  const closed = await mkdtemp(join(tmpdir(), 'stocker-postgres-'))
  const dataDir = join(closed, 'data')
  await using postgres = await startEmbeddedPostgres({ dataDir, port: 0, settings: { fsync: 'off' } })
  const home = dirname(await readlink(join(dataDir, 'cluster')))
  expect(home).toContain(tmpdir())
  await postgres.stop()
  await Promise.all([closed, home].map((directory) => rm(directory, { recursive: true, force: true })))
})
