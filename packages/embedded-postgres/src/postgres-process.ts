import { setTimeout as delay } from 'node:timers/promises'
import type { LogPosition, ServerProcess, StopSignal } from '@stocker/server-process'
import { childrenOf, isPortFree, linesSince, prepareLog, startServerProcess } from '@stocker/server-process'
import type { Binaries } from './binaries.ts'
import type { EmbeddedPostgresErrorCode } from './errors.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { isReady } from './login.ts'
import type { ResolvedOptions } from './options.ts'
import type { ServerUser } from './server-user.ts'
import { removeStaleLock } from './stale-lock.ts'

// A fast shutdown disconnects the clients and writes a checkpoint; an immediate one leaves that to the recovery.
export const STOP_SIGNALS: readonly StopSignal[] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
]

const POLL_MS = 20
const LAST_LINES = 12
// The processes of a killed server see its end within moments; until then they hold its shared memory.
const STILL_HELD = /pre-existing shared memory block/

/** How a server is started: the cluster and the user whom it belongs to. */
export interface PostgresPlace {
  readonly binaries: Binaries
  readonly cluster: string
  readonly user: ServerUser | undefined
}

/** Starts the server, tells its pid, and resolves when it accepts connections. If that fails no server is left. */
export async function launchPostgres(
  options: ResolvedOptions,
  port: number,
  place: PostgresPlace,
  onSpawn: (pid: number) => Promise<void>,
): Promise<ServerProcess> {
  const deadline = Date.now() + options.startTimeoutMs
  await removeStaleLock(place.cluster, deadline)
  for (;;) {
    try {
      return await launchOnce(options, port, place, deadline, onSpawn)
    } catch (error) {
      const held = error instanceof EmbeddedPostgresError && error.serverLines.some((line) => STILL_HELD.test(line))
      if (!held || Date.now() >= deadline) throw error
      await delay(POLL_MS)
    }
  }
}

/** SIGKILL to the server and to its processes, one per connection, which would otherwise end in an orderly way. */
export async function killPostgres(server: ServerProcess): Promise<void> {
  const backends = await childrenOf(server.pid)
  await server.kill()
  for (const backend of backends) {
    try {
      process.kill(backend, 'SIGKILL')
    } catch {
      // It has seen the server's end already.
    }
  }
}

async function launchOnce(
  options: ResolvedOptions,
  port: number,
  place: PostgresPlace,
  deadline: number,
  onSpawn: (pid: number) => Promise<void>,
): Promise<ServerProcess> {
  if (!(await isPortFree(port, options.host))) throw portInUse(options, port)
  const log = await prepareLog(options.logFile)
  const server = await startServerProcess({
    command: place.binaries.postgres,
    args: commandArguments(options, port, place.cluster),
    directory: '/',
    logFile: options.logFile,
    environment: { ...process.env, LC_ALL: 'C', PGDATA: undefined },
    stopSignals: STOP_SIGNALS,
    ...(place.user && { user: place.user }),
  })
  try {
    await onSpawn(server.pid)
    await awaitReady(server, options, port, place.cluster, log, deadline)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

function commandArguments(options: ResolvedOptions, port: number, cluster: string): readonly string[] {
  const settings = { ...options.settings, listen_addresses: options.host, port: String(port) }
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

async function awaitReady(
  server: ServerProcess,
  options: ResolvedOptions,
  port: number,
  cluster: string,
  log: LogPosition,
  deadline: number,
): Promise<void> {
  while (Date.now() < deadline) {
    if (!server.running) {
      if (!(await isPortFree(port, options.host))) throw portInUse(options, port)
      const { code, signal } = await server.exited
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`
      throw await failure('START_FAILED', `PostgreSQL on ${cluster} ended ${how} before it was ready`, log)
    }
    if (await isReady(options, port, cluster)) return
    await delay(POLL_MS)
  }
  const what = `PostgreSQL was not ready on ${options.host}:${port} within ${options.startTimeoutMs} ms and was ended`
  throw await failure('START_TIMED_OUT', what, log)
}

function portInUse(options: ResolvedOptions, port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'PORT_IN_USE',
    `port ${port} on ${options.host} is in use: stop what listens there or choose another port for PostgreSQL (0 takes a free one)`,
  )
}

async function failure(
  code: EmbeddedPostgresErrorCode,
  what: string,
  log: LogPosition,
): Promise<EmbeddedPostgresError> {
  const serverLines = (await linesSince(log)).slice(-LAST_LINES)
  const message = [`${what}; its last lines (all of them in ${log.file}):`, ...serverLines].join('\n  ')
  return new EmbeddedPostgresError(code, message, { serverLines })
}
