import type { ClaimHolder, DirectoryClaim } from './directory-claim.ts'
import { claimDirectory } from './directory-claim.ts'
import { endOrphan } from './end-orphan.ts'
import { commandLine } from './process-table.ts'
import type { ServerExit, ServerProcess } from './server-process.ts'
import type { StopSignal } from './stop-signal.ts'

/** What a kind of server adds to the lifecycle. */
export interface ServerPlan {
  readonly dataDir: string
  readonly stopSignals: readonly StopSignal[]
  /** Whether a process with this command line is such a server on this data directory. */
  isOurs(commandLine: string): boolean
  /** The error for a directory on which another living process runs its server. */
  inUse(holder: ClaimHolder): Error
  /** The error for a directory that cannot be made or written to. */
  unusable(cause: Error): Error
  /** Starts the server, tells `onSpawn` its pid at once, and resolves when it is ready. A rejection leaves no process behind. */
  launch(onSpawn: (pid: number) => Promise<void>): Promise<ServerProcess>
  /** In place of SIGKILL to the server alone. */
  kill?(server: ServerProcess): Promise<void>
}

export interface ServerLifecycle {
  /** Of the running server, or of the last one; -1 before the first. */
  readonly pid: number
  readonly running: boolean
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  onExit(listener: (exit: ServerExit) => void): () => void
}

/**
 * One server on one data directory, started and ended any number of times. The directory is claimed exactly as long as the server
 * runs. Calls take effect one after the other.
 */
export function serverLifecycle(plan: ServerPlan): ServerLifecycle {
  const listeners = new Set<(exit: ServerExit) => void>()
  let server: ServerProcess | undefined
  let released: Promise<void> = Promise.resolve()
  let turn: Promise<void> = Promise.resolve()

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const launch = async () => {
    if (server?.running) return
    await released
    const claim = await claimFor(plan)
    try {
      server = await plan.launch((pid) => claim.setServer(pid))
    } catch (error) {
      await claim.release()
      throw error
    }
    released = server.exited.then(() => claim.release())
    void server.exited.then((exit) => {
      for (const listener of listeners) listener(exit)
    })
  }

  return {
    get pid() {
      return server?.pid ?? -1
    },
    get running() {
      return server?.running ?? false
    },
    start: () => inTurn(launch),
    stop: () =>
      inTurn(async () => {
        if (server?.running) await server.stop()
        await released
      }),
    kill: () =>
      inTurn(async () => {
        if (server?.running) await (plan.kill?.(server) ?? server.kill())
        await released
      }),
    onExit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
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
