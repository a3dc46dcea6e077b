import { setTimeout as delay } from 'node:timers/promises'
import { secondsSince } from './elapsed.ts'
import { toPlatformError } from './errors.ts'
import type { Part, PartExit } from './part.ts'

/** Waits before the restarts of a part that keeps dying. The first is free: after a single kill, work goes on at once. */
export const RESTART_DELAYS_MS = [0, 500, 1_000, 2_000, 5_000, 15_000] as const
/** A part that ran this long has recovered: its next death counts as the first again. */
export const STABLE_AFTER_MS = 30_000
/** Deaths before a part was ever ready, after which the whole start is given up. */
export const START_ATTEMPTS = 3

export interface KeepAliveListener {
  /** Resolves when the part may run: at once, unless somebody stopped it. */
  untilWanted(): Promise<void>
  /** Whether nobody has stopped it. */
  isWanted(): boolean
  onReady(pid: number, seconds: number): void
  onExited(exit: PartExit, restartInMs: number, lastLines: readonly string[]): void
  onRestarted(pid: number, seconds: number): void
}

/**
 * Starts a part and starts it again whenever it dies, until `signal` aborts.
 * `started` resolves at the first readiness and rejects when the part dies START_ATTEMPTS times before it.
 */
export function keepAlive(
  part: Part,
  signal: AbortSignal,
  listener: KeepAliveListener,
): { started: Promise<void>; ended: Promise<void> } {
  const started = Promise.withResolvers<void>()
  started.promise.catch(() => {})

  async function run(): Promise<void> {
    let ready = false
    let deaths = 0
    while (!signal.aborted) {
      await listener.untilWanted()
      if (signal.aborted) return
      const beganAt = performance.now()
      let failure: unknown
      try {
        await part.start(signal)
        // Somebody stopped it before there was a process that could have been told.
        if (!listener.isWanted()) await part.stop()
        const seconds = secondsSince(beganAt)
        if (!ready) listener.onReady(part.pid ?? 0, seconds)
        else listener.onRestarted(part.pid ?? 0, seconds)
        ready = true
        started.resolve()
      } catch (error) {
        failure = error
      }
      // Whoever aborted stops the part: its process may well be alive.
      if (signal.aborted) return
      const exit = await part.exited()
      if (signal.aborted) return
      if (!listener.isWanted()) {
        // Not a death: it was asked to end, and may begin anew when it is asked for.
        deaths = 0
        listener.onExited(exit, 0, [])
        continue
      }
      if (performance.now() - beganAt > STABLE_AFTER_MS) deaths = 0
      deaths += 1
      if (!ready && (deaths >= START_ATTEMPTS || !isWorthRepeating(failure))) {
        started.reject(toPlatformError(failure, `${part.name} does not start`))
        return
      }
      const restartInMs = RESTART_DELAYS_MS[Math.min(deaths, RESTART_DELAYS_MS.length) - 1] ?? 0
      listener.onExited(exit, restartInMs, await part.lastLines())
      await delay(restartInMs, undefined, { signal }).catch(() => {})
    }
  }

  const ended = run().finally(() => started.reject(toPlatformError(signal.reason, part.name)))
  return { started: started.promise, ended }
}

/** Errors may say `retryable: false`: a missing Java does not appear by trying again. */
function isWorthRepeating(error: unknown): boolean {
  return (error as { retryable?: unknown } | null | undefined)?.retryable !== false
}
