import { join } from 'node:path'
import type { ClaimHolder, ServerExit, ServerLifecycle, ServerProcess } from '@stocker/server-process'
import { freePort, serverLifecycle } from '@stocker/server-process'
import { findBinaries } from './binaries.ts'
import { initOnce } from './cluster.ts'
import { CLUSTER } from './data-directory.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { connectionString, createDatabaseOnce } from './login.ts'
import type { EmbeddedPostgresOptions, ResolvedOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { killPostgres, launchPostgres, STOP_SIGNALS } from './postgres-process.ts'
import { findServerUser } from './server-user.ts'

const FREE_PORT_ATTEMPTS = 5

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

class Postgres implements EmbeddedPostgres {
  readonly #options: ResolvedOptions
  readonly #lifecycle: ServerLifecycle
  #port: number

  constructor(options: ResolvedOptions) {
    this.#options = options
    this.#port = options.port
    this.#lifecycle = serverLifecycle({
      dataDir: options.dataDir,
      stopSignals: STOP_SIGNALS,
      isOurs: (commandLine) => commandLine.includes('postgres') && commandLine.includes('-D'),
      inUse: (holder) => dataDirInUse(options.dataDir, holder),
      unusable: (cause) => dataDirUnusable(options.dataDir, cause),
      launch: (onSpawn) => this.#launch(onSpawn),
      kill: killPostgres,
    })
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#lifecycle.pid
  }

  get logFile(): string {
    return this.#options.logFile
  }

  get running(): boolean {
    return this.#lifecycle.running
  }

  url(database = 'postgres'): string {
    return connectionString(this.#options, this.#port, database)
  }

  async createDatabase(name: string): Promise<string> {
    await createDatabaseOnce(this.#options, this.#port, name)
    return this.url(name)
  }

  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop()
  }

  kill(): Promise<void> {
    return this.#lifecycle.kill()
  }

  onExit(listener: (exit: PostgresExit) => void): () => void {
    return this.#lifecycle.onExit(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #launch(onSpawn: (pid: number) => Promise<void>): Promise<ServerProcess> {
    const options = this.#options
    const user = await findServerUser(join(options.dataDir, CLUSTER))
    const binaries = await findBinaries(user)
    const cluster = await initOnce(options, binaries, user)
    for (let attempt = 1; ; attempt += 1) {
      const port = this.#port === 0 ? await freePort(options.host) : this.#port
      try {
        const server = await launchPostgres(options, port, { binaries, cluster, user }, onSpawn)
        this.#port = port
        return server
      } catch (error) {
        const portLost = error instanceof EmbeddedPostgresError && error.code === 'PORT_IN_USE' && this.#port === 0
        if (!portLost || attempt === FREE_PORT_ATTEMPTS) throw error
      }
    }
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
