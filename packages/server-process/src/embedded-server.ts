import type { ClaimHolder, DirectoryClaim } from './directory-claim.ts'
import { claimDirectory } from './directory-claim.ts'
import { endOrphan } from './end-orphan.ts'
import { freePort } from './ports.ts'
import { commandLine } from './process-table.ts'
import type { ServerExit, ServerProcess } from './server-process.ts'
import type { StopSignal } from './stop-signal.ts'

const PORT_ATTEMPTS = 5

/** What a kind of server adds to its life. */
export interface ServerPlan {
  readonly dataDir: string
  readonly logFile: string
  readonly host: string
  /** 0: a free one, which it keeps from then on. */
  readonly port: number
  readonly stopSignals: readonly StopSignal[]
  /** Whether a process with this command line is such a server on this data directory. */
  isOurs(commandLine: string): boolean
  /** The error for a directory on which another living process runs its server. */
  inUse(holder: ClaimHolder): Error
  /** The error for a directory that cannot be made or written to. */
  unusable(cause: Error): Error
  /** Starts the server, tells `onSpawn` its pid at once, and resolves when it is ready. A rejection leaves no process behind. */
  launch(port: number, onSpawn: (pid: number) => Promise<void>): Promise<ServerProcess>
  /** Whether another process took a port between its being found free and the server's binding it. `found`: the server's own port was found so. */
  lostPort(error: unknown, found: boolean): boolean
  /** In place of SIGKILL to the server alone. */
  kill?(server: ServerProcess): Promise<void>
}

/**
 * One server on one data directory, started and ended any number of times. The directory is claimed exactly as long as the server
 * runs. Calls take effect one after the other.
 */
export class EmbeddedServer implements AsyncDisposable {
  readonly #plan: ServerPlan
  readonly #listeners = new Set<(exit: ServerExit) => void>()
  #port: number
  #server: ServerProcess | undefined
  #released: Promise<void> = Promise.resolve()
  #turn: Promise<void> = Promise.resolve()

  constructor(plan: ServerPlan) {
    this.#plan = plan
    this.#port = plan.port
  }

  get port(): number {
    return this.#port
  }

  /** Of the running server, or of the last one; -1 before the first. */
  get pid(): number {
    return this.#server?.pid ?? -1
  }

  get logFile(): string {
    return this.#plan.logFile
  }

  get running(): boolean {
    return this.#server?.running ?? false
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#launch())
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#server?.running) await this.#server.stop()
      await this.#released
    })
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => {
      const server = this.#server
      if (server?.running) await (this.#plan.kill?.(server) ?? server.kill())
      await this.#released
    })
  }

  onExit(listener: (exit: ServerExit) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #launch(): Promise<void> {
    if (this.running) return
    await this.#released
    const claim = await claimFor(this.#plan)
    let server: ServerProcess
    try {
      server = await this.#onPort((pid) => claim.setServer(pid))
    } catch (error) {
      await claim.release()
      throw error
    }
    this.#server = server
    this.#released = server.exited.then(() => claim.release())
    void server.exited.then((exit) => {
      for (const listener of this.#listeners) listener(exit)
    })
  }

  async #onPort(onSpawn: (pid: number) => Promise<void>): Promise<ServerProcess> {
    const { host, launch, lostPort } = this.#plan
    const found = this.#port === 0
    for (let attempt = 1; ; attempt += 1) {
      const port = found ? await freePort(host) : this.#port
      try {
        const server = await launch(port, onSpawn)
        this.#port = port
        return server
      } catch (error) {
        if (!lostPort(error, found) || attempt === PORT_ATTEMPTS) throw error
      }
    }
  }
}

async function claimFor(plan: ServerPlan): Promise<DirectoryClaim> {
  const result = await claimDirectory(plan.dataDir).catch((cause: Error) => {
    throw plan.unusable(cause)
  })
  if (result.status === 'held') throw plan.inUse(result.holder)
  const { orphan, claim } = result
  if (orphan !== undefined && plan.isOurs(await commandLine(orphan.pid))) await endOrphan(orphan, plan.stopSignals)
  return claim
}
