import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LogPosition, ServerExit, ServerProcess, StopSignal } from '@stocker/server-process'
import { commandLine, isPortFree, linesSince, prepareLog, startServerProcess } from '@stocker/server-process'
import pg from 'pg'
import type { Binaries } from './binaries.ts'
import { clusterDir } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { ServerUser } from './server-user.ts'

// A fast shutdown disconnects the clients and writes a checkpoint; an immediate one leaves that to the recovery.
export const STOP_SIGNALS: readonly StopSignal[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
]

const CONNECT_TIMEOUT_MS = 2_000
const POLL_MS = 20
const LAST_LINES = 12
const LOGIN_REFUSED = new Set(['28P01', '28000'])
// The backends of a killed server see its end within moments; until then they hold its shared memory.
const STILL_HELD = /pre-existing shared memory block|is still in use/

/** Starts the server on its cluster and resolves when it accepts connections. */
export async function launchPostgres(
  options: ResolvedOptions,
  port: number,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<ServerProcess> {
  await dropForeignLock(options.dataDir)
  const deadline = Date.now() + options.startTimeoutMs
  for (;;) {
    if (!(await isPortFree(port, options.host))) throw portInUse(options, port)
    const log = await prepareLog(options.logFile)
    const server = await startServerProcess({
      command: binaries.postgres,
      args: commandArguments(options, port),
      directory: '/',
      logFile: options.logFile,
      environment: { ...process.env, LC_ALL: 'C', PGDATA: undefined },
      stopSignals: STOP_SIGNALS,
      ...(user && { user: { uid: user.uid, gid: user.gid } }),
    })
    const outcome = await awaitReady(server, options, port, deadline)
    if (outcome === 'ready') return server
    if (outcome === 'timed-out' || outcome === 'login-refused') await server.stop()
    const failure = await explain(outcome, options, port, log)
    if (
      failure.code === 'START_FAILED' &&
      failure.serverLines.some((line) => STILL_HELD.test(line)) &&
      Date.now() < deadline
    ) {
      await delay(POLL_MS)
      continue
    }
    throw failure
  }
}

function commandArguments(options: ResolvedOptions, port: number): readonly string[] {
  const settings = { ...options.settings, listen_addresses: options.host, port: String(port) }
  return [
    '-D',
    clusterDir(options.dataDir),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/**
 * A crashed server leaves postmaster.pid. PostgreSQL sees by itself that the pid is gone, but takes any other process of the same
 * user that got the pid meanwhile for its own: the file is removed if that process is no PostgreSQL of this cluster.
 */
async function dropForeignLock(dataDir: string): Promise<void> {
  const file = join(clusterDir(dataDir), 'postmaster.pid')
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
  if (!(pid > 0)) return
  const command = await commandLine(pid)
  if (command !== '' && !command.includes(clusterDir(dataDir))) await rm(file, { force: true })
}

type Outcome = 'ready' | 'timed-out' | 'login-refused' | ServerExit

async function awaitReady(
  server: ServerProcess,
  options: ResolvedOptions,
  port: number,
  deadline: number,
): Promise<Outcome> {
  let exit: ServerExit | undefined
  void server.exited.then((found) => {
    exit = found
  })
  while (Date.now() < deadline) {
    if (exit !== undefined) return exit
    const answer = await ask(options, port)
    if (answer !== 'not-yet') return answer
    await delay(POLL_MS)
  }
  return 'timed-out'
}

/** Asks for the server's data directory: a stranger on the port would not be taken for our server. */
async function ask(options: ResolvedOptions, port: number): Promise<'ready' | 'login-refused' | 'not-yet'> {
  const client = new pg.Client({
    host: options.host,
    port,
    user: options.user,
    password: options.password,
    database: 'postgres',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`)
    return rows[0]?.directory === clusterDir(options.dataDir) ? 'ready' : 'not-yet'
  } catch (error) {
    return LOGIN_REFUSED.has((error as { code?: string }).code ?? '') ? 'login-refused' : 'not-yet'
  } finally {
    await client.end().catch(() => undefined)
  }
}

function portInUse(options: ResolvedOptions, port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'PORT_IN_USE',
    `port ${port} on ${options.host} is in use: stop what listens there or choose another port for PostgreSQL (0 takes a free one)`,
  )
}

async function explain(
  outcome: Exclude<Outcome, 'ready'>,
  options: ResolvedOptions,
  port: number,
  log: LogPosition,
): Promise<EmbeddedPostgresError> {
  const serverLines = (await linesSince(log)).slice(-LAST_LINES)
  const withLines = (what: string) =>
    [`${what}; its last lines (all of them in ${options.logFile}):`, ...serverLines].join('\n  ')
  if (outcome === 'login-refused') {
    return new EmbeddedPostgresError(
      'LOGIN_REFUSED',
      `PostgreSQL refuses user ${options.user} with this password: ${options.dataDir} was set up with others; use those, or start on a new dataDir`,
    )
  }
  if (outcome === 'timed-out') {
    const what = `PostgreSQL was not ready on ${options.host}:${port} within ${options.startTimeoutMs} ms and was ended`
    return new EmbeddedPostgresError('START_TIMED_OUT', withLines(what), { serverLines })
  }
  if (!(await isPortFree(port, options.host))) return portInUse(options, port)
  const how = outcome.signal === null ? `with exit code ${outcome.code}` : `by ${outcome.signal}`
  return new EmbeddedPostgresError(
    'START_FAILED',
    withLines(`PostgreSQL on ${options.dataDir} ended ${how} before it was ready`),
    { serverLines },
  )
}
