import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { StopSignal } from './stop-signal.ts'
import { startWatchdog } from './watchdog.ts'

export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly directory: string
  /** Receives standard output and error. */
  readonly logFile: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Run as this user; only root may ask for it. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** How the server is asked to end, then asked harder; SIGKILL comes last of itself. */
  readonly stopSignals: readonly StopSignal[]
}

export interface ServerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether stop() or kill() had been called. */
  readonly expected: boolean
}

/** A running server. It ends when asked to, or when this process ends, however it ends. */
export interface ServerProcess {
  readonly pid: number
  readonly exited: Promise<ServerExit>
  readonly running: boolean
  stop(): Promise<ServerExit>
  /** SIGKILL. */
  kill(): Promise<ServerExit>
}

/**
 * Starts a server in a session of its own (a Ctrl-C in the terminal reaches only this process, which stops its servers in its
 * own order) under a watchdog that ends it when this process dies. Rejects if the program cannot be run.
 */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const log = await open(server.logFile, 'a')
  try {
    const child = spawn(server.command, server.args, {
      cwd: server.directory,
      env: { ...server.environment },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      ...server.user,
    })
    const watchdog = child.pid === undefined ? undefined : startWatchdog(child.pid, server.stopSignals)
    child.once('exit', () => watchdog?.release())
    await once(child, 'spawn')
    return handleOf(child, server.stopSignals)
  } finally {
    await log.close()
  }
}

function handleOf(child: ChildProcess, stopSignals: readonly StopSignal[]): ServerProcess {
  let expected = false
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, expected }))
  })
  const handle = {
    pid: child.pid ?? -1,
    exited,
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    async stop() {
      expected = true
      for (const { signal, waitMs } of stopSignals) {
        child.kill(signal)
        if (await settlesWithin(exited, waitMs)) return exited
      }
      return handle.kill()
    },
    async kill() {
      expected = true
      child.kill('SIGKILL')
      return exited
    },
  }
  return handle
}

async function settlesWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  try {
    return await Promise.race([promise.then(() => true), limit])
  } finally {
    clearTimeout(timer)
  }
}
