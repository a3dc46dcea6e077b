import { join, resolve } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'

export interface EmbeddedPostgresOptions {
  /** Directory of the databases and the log; created if missing. One server at a time. */
  readonly dataDir: string
  /** Port; 0 takes a free one, which stays the same over stop() and start(). Default 54320. */
  readonly port?: number
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string
  /** Superuser, set when the data directory is set up. Default `stocker`. */
  readonly user?: string
  /** Its password. Default `stocker`. */
  readonly password?: string
  /** Settings of postgresql.conf, over those of DEFAULT_SETTINGS. */
  readonly settings?: Readonly<Record<string, string>>
  /** The server's log. Default: `postgres.log` in dataDir. */
  readonly logFile?: string
  /** How long the server may take to accept connections, recovery included, in milliseconds. Default 60000. */
  readonly startTimeoutMs?: number
}

export type ResolvedOptions = Required<EmbeddedPostgresOptions>

export const DEFAULTS = {
  port: 54_320,
  host: '127.0.0.1',
  user: 'stocker',
  password: 'stocker',
  startTimeoutMs: 60_000,
} as const

/** For a laptop that runs a broker and services beside it. Nothing that is committed is lost by a crash. */
export const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '128MB',
  max_connections: '100',
  fsync: 'on',
  synchronous_commit: 'on',
  // Short transactions gain nothing from compiled queries and pay for the compiler.
  jit: 'off',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  // No replica reads this log.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // The databases fit into memory: processes that read ahead for others would only take some.
  io_method: 'sync',
  // TCP only: a socket file would need a directory that the server's user may write to.
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
}

export function resolveOptions(options: EmbeddedPostgresOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved: ResolvedOptions = {
    ...DEFAULTS,
    ...(given as unknown as EmbeddedPostgresOptions),
    dataDir: resolve(options.dataDir),
    logFile: resolve(options.logFile ?? join(options.dataDir, 'postgres.log')),
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
  }
  if (options.dataDir === '') refuse('dataDir', options.dataDir, 'a path')
  if (!Number.isInteger(resolved.port) || resolved.port < 0 || resolved.port > 65_535) {
    refuse('port', resolved.port, 'a whole number from 0 to 65535')
  }
  if (!/^[A-Za-z_][\w-]*$/.test(resolved.user) || resolved.user.startsWith('pg_')) {
    refuse('user', resolved.user, 'letters, digits, _ and -, not beginning with pg_')
  }
  if (resolved.password === '' || /[\r\n]/.test(resolved.password))
    refuse('password', '…', 'one line that is not empty')
  if (!(resolved.startTimeoutMs > 0))
    refuse('startTimeoutMs', resolved.startTimeoutMs, 'a positive number of milliseconds')
  for (const name of Object.keys(resolved.settings)) {
    if (!/^[A-Za-z_][\w.]*$/.test(name)) refuse('settings', name, 'names of PostgreSQL settings')
  }
  return resolved
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new EmbeddedPostgresError('INVALID_OPTION', `${option} is ${JSON.stringify(value)}; expected ${expected}`)
}
