import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { LogPosition } from '@stocker/server-process'
import { prepareLog } from '@stocker/server-process'
import { PlatformError } from './errors.ts'
import { lastWords } from './last-words.ts'
import type { Part, PartExit } from './part.ts'
import { NEVER_STARTED } from './part.ts'
import { probe, whatIsDown } from './probe.ts'

/** Long enough for a batch in hand and its commit, short enough for somebody who waits at a terminal. */
const STOP_TIMEOUT_MS = 10_000
const READY_TIMEOUT_MS = 120_000
const POLL_MS = 50

export interface ServicePartOptions {
  readonly name: string
  /** Entry file of the service. */
  readonly main: string
  readonly directory: string
  readonly url: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Flags of the Node process itself. */
  readonly nodeFlags: readonly string[]
  /** Receives stdout as it is: one JSON object per line. */
  readonly logFile: string
  /** Receives stderr: stack traces, Node's warnings. */
  readonly errorFile: string
}

/**
 * One service as a process of its own.
 *
 * Its output goes to the files directly: under load the supervisor pays nothing for it, and a slow or dead supervisor
 * never blocks a service on a full pipe. Its stdin is a pipe that nobody writes to: it ends when the supervisor dies,
 * however it dies, and the service ends itself then (STOCKER_EXIT_WITH_PARENT). It leads a process group of its own, or
 * Ctrl-C in the terminal would reach it before the supervisor can ask it to drain.
 */
export function createServicePart(options: ServicePartOptions): Part {
  let child: ChildProcess | undefined
  let exit: Promise<PartExit> = Promise.resolve(NEVER_STARTED)
  let answer = 'no answer yet'
  let log: LogPosition = { file: options.logFile, offset: 0 }
  let errors: LogPosition = { file: options.errorFile, offset: 0 }

  async function launch(signal: AbortSignal): Promise<ChildProcess> {
    log = await prepareLog(options.logFile)
    errors = await prepareLog(options.errorFile)
    signal.throwIfAborted()
    const out = openSync(options.logFile, 'a')
    const err = openSync(options.errorFile, 'a')
    const launched = spawn(process.execPath, [...options.nodeFlags, options.main], {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: ['pipe', out, err],
      detached: true,
      windowsHide: true,
    })
    closeSync(out)
    closeSync(err)
    child = launched
    launched.stdin?.on('error', () => {})
    exit = new Promise((resolve) => {
      const ended = (code: number | null, killedBy: string | null): void => {
        child = undefined
        resolve({ pid: launched.pid ?? 0, code, signal: killedBy })
      }
      launched.once('exit', ended)
      launched.once('error', () => ended(null, null))
    })
    return launched
  }

  async function untilReady(launched: ChildProcess, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS
    while (child === launched) {
      signal.throwIfAborted()
      const result = await probe(`${options.url}/health/ready`)
      if (result.ready && child === launched) return
      answer = whatIsDown(result.answer)
      if (performance.now() > deadline) {
        launched.kill('SIGKILL')
        throw startFailed(`is not ready after ${READY_TIMEOUT_MS / 1000} s; its health report says: ${answer}`)
      }
      await delay(POLL_MS)
    }
    const { code, signal: killedBy } = await exit
    const last = (await lastWords(errors, log)).map((line) => `\n  ${line}`).join('')
    throw startFailed(`ended (${killedBy ?? `exit code ${code}`}) before it was ready`, last)
  }

  function startFailed(what: string, last = ''): PlatformError {
    return new PlatformError(
      'START_FAILED',
      `${options.name} ${what}; logs: ${options.logFile}, ${options.errorFile}${last}`,
    )
  }

  return {
    name: options.name,
    logFile: options.logFile,
    get pid() {
      return child?.pid
    },
    get waitsFor() {
      return answer
    },
    async start(signal) {
      await untilReady(await launch(signal), signal)
    },
    exited: () => exit,
    async stop() {
      const stopping = child
      if (stopping === undefined) return
      stopping.kill('SIGTERM')
      const timer = setTimeout(() => stopping.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await exit
      clearTimeout(timer)
    },
    kill(signal) {
      child?.kill(signal)
    },
    lastLines: () => lastWords(errors, log),
  }
}
