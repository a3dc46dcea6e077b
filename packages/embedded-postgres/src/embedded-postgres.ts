import type { DirectoryClaim, ServerExit, ServerProcess } from '@stocker/server-process'
import { childrenOf, claimDirectory, commandLine, endOrphan, freePort } from '@stocker/server-process'
import pg from 'pg'
import type { Binaries } from './binaries.ts'
import { findBinaries } from './binaries.ts'
import { clusterDir, initOnce } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { EmbeddedPostgresOptions, ResolvedOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { launchPostgres, STOP_SIGNALS } from './postgres-process.ts'
import type { ServerUser } from './server-user.ts'
import { findServerUser } from './server-user.ts'

const FREE_PORT_ATTEMPTS = 5
const DUPLICATE_DATABASE = '42P04'

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
  /** Ends the server cleanly, disconnecting its clients, and leaves the data directory to others. */
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
 * however it ends.
 * @throws EmbeddedPostgresError whose code says what is wrong: a taken port, a used data directory, another password, a server that
 *   fails (with its last lines)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const resolved = resolveOptions(options)
  const [binaries, user] = await Promise.all([findBinaries(), findServerUser()])
  const server = new Postgres(resolved, binaries, user)
  await server.start()
  return server
}

class Postgres implements EmbeddedPostgres {
  readonly #options: ResolvedOptions
  readonly #binaries: Binaries
  readonly #user: ServerUser | undefined
  readonly #listeners = new Set<(exit: PostgresExit) => void>()
  #port: number
  #claim: DirectoryClaim | undefined
  #server: ServerProcess | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ResolvedOptions, binaries: Binaries, user: ServerUser | undefined) {
    this.#options = options
    this.#binaries = binaries
    this.#user = user
    this.#port = options.port
  }

  url(database = 'postgres'): string {
    const { user, password, host } = this.#options
    return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${this.#port}/${encodeURIComponent(database)}`
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#server?.pid ?? -1
  }

  get logFile(): string {
    return this.#options.logFile
  }

  get running(): boolean {
    return this.#server?.running ?? false
  }

  async createDatabase(name: string): Promise<string> {
    const client = new pg.Client({ connectionString: this.url() })
    await client.connect()
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}`)
    } catch (error) {
      if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error
    } finally {
      await client.end()
    }
    return this.url(name)
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.running) return
      this.#claim ??= await claimDataDir(this.#options)
      try {
        await initOnce(this.#options, this.#binaries, this.#user)
        this.#server = await this.#launch()
      } catch (error) {
        await this.#release()
        throw error
      }
      await this.#claim.setServer(this.#server.pid)
      void this.#server.exited.then((exit) => {
        for (const listener of this.#listeners) listener(exit)
      })
    })
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.running) await this.#server?.stop()
      await this.#release()
    })
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.running) return
      const backends = await childrenOf(this.pid)
      await this.#server?.kill()
      for (const backend of backends) killIfThere(backend)
    })
  }

  onExit(listener: (exit: PostgresExit) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #launch(): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const port = this.#port === 0 ? await freePort(this.#options.host) : this.#port
      try {
        const server = await launchPostgres(this.#options, port, this.#binaries, this.#user)
        this.#port = port
        return server
      } catch (error) {
        const portLost = error instanceof EmbeddedPostgresError && error.code === 'PORT_IN_USE' && this.#port === 0
        if (!portLost || attempt === FREE_PORT_ATTEMPTS) throw error
      }
    }
  }

  async #release(): Promise<void> {
    await this.#claim?.release()
    this.#claim = undefined
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has seen the server's end already.
  }
}

async function claimDataDir(options: ResolvedOptions): Promise<DirectoryClaim> {
  const result = await claimDirectory(options.dataDir)
  if (result.status === 'held') {
    const server = result.server === undefined ? '' : ` (pid ${result.server.pid})`
    throw new EmbeddedPostgresError(
      'DATA_DIR_IN_USE',
      `${options.dataDir} is in use by the PostgreSQL${server} of process ${result.owner.pid}: stop that one, or give this server a dataDir of its own`,
    )
  }
  const { orphan, claim } = result
  if (orphan !== undefined && (await commandLine(orphan.pid)).includes(clusterDir(options.dataDir))) {
    await endOrphan(orphan, STOP_SIGNALS)
  }
  return claim
}
