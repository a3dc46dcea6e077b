import { join } from 'node:path'
import type { ClaimHolder, ServerExit } from '@stocker/server-process'
import { EmbeddedServer } from '@stocker/server-process'
import { findBinaries } from './binaries.ts'
import { initOnce } from './cluster.ts'
import { CLUSTER } from './data-directory.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { connectionString, createDatabaseOnce } from './login.ts'
import type { EmbeddedPostgresOptions, ResolvedOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { killPostgres, launchPostgres, STOP_SIGNALS } from './postgres-process.ts'
import { findServerUser } from './server-user.ts'

export type PostgresExit = ServerExit

/** A PostgreSQL server with its data directory. Its methods may be called at any time and take effect one after the other. */
export interface EmbeddedPostgres {
  /** Connection string of a database, `postgres` by default. */
  url(database?: string): string
  readonly port: number
  /** Of the running server, or of the last one. */
  readonly pid: number
  readonly logFile: string
  readonly running: boolean
  /** Creates the database unless it exists; returns its connection string. */
  createDatabase(name: string): Promise<string>
  /** Ends the server cleanly, disconnecting its clients. */
  stop(): Promise<void>
  /** SIGKILL to the server and all of its processes, as a fault would: nothing is flushed. */
  kill(): Promise<void>
  /** Starts it again after stop(), kill() or a crash: same databases, same port. Does nothing while it runs. */
  start(): Promise<void>
  /** Told of every end of the server; `expected` says whether stop() or kill() caused it. Returns the way to unsubscribe. */
  onExit(listener: (exit: PostgresExit) => void): () => void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts one PostgreSQL and resolves when it accepts connections. It ends with stop(), and by itself when this process ends,
 * however it ends; until then it keeps this process alive.
 * @throws EmbeddedPostgresError whose code says what is wrong: a taken port, a used data directory, another password, a server
 *   that fails (with its last lines)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = new Postgres(resolveOptions(options))
  await server.start()
  return server
}

class Postgres extends EmbeddedServer implements EmbeddedPostgres {
  readonly #options: ResolvedOptions

  constructor(options: ResolvedOptions) {
    const { dataDir } = options
    super({
      ...options,
      stopSignals: STOP_SIGNALS,
      isOurs: (commandLine) => commandLine.includes('postgres') && commandLine.includes('-D'),
      inUse: (holder) => dataDirInUse(dataDir, holder),
      unusable: (cause) => dataDirUnusable(dataDir, cause),
      lostPort: (error, found) => found && error instanceof EmbeddedPostgresError && error.code === 'PORT_IN_USE',
      launch: async (port, onSpawn) => {
        const user = await findServerUser(join(dataDir, CLUSTER))
        const binaries = await findBinaries(user)
        const cluster = await initOnce(options, binaries, user)
        return launchPostgres(options, port, { binaries, cluster, user }, onSpawn)
      },
      kill: killPostgres,
    })
    this.#options = options
  }

  url(database = 'postgres'): string {
    return connectionString(this.#options, this.port, database)
  }

  async createDatabase(name: string): Promise<string> {
    await createDatabaseOnce(this.#options, this.port, name)
    return this.url(name)
  }
}

function dataDirInUse(dataDir: string, { owner, server }: ClaimHolder): EmbeddedPostgresError {
  const postgres = server === undefined ? 'a PostgreSQL' : `PostgreSQL ${server.pid}`
  return new EmbeddedPostgresError(
    'DATA_DIR_IN_USE',
    `${dataDir} is in use by ${postgres} of process ${owner.pid}: stop that process, or give this server a dataDir of its own`,
  )
}

function dataDirUnusable(dataDir: string, cause: Error): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'DATA_DIR_UNUSABLE',
    `${dataDir} cannot be used for databases (${cause.message}): give it a dataDir that this user may write to`,
    { cause },
  )
}
