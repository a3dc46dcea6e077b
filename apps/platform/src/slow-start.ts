import { secondsSince } from './elapsed.ts'
import type { PlatformListener } from './events.ts'
import type { Part } from './part.ts'

/** After this time without being ready, a part says what it waits for, and again each time it has passed. */
export const SLOW_AFTER_MS = 10_000

/**
 * Until the returned function is called, says that the start of a part takes long. Not while `isHeldUp`: a part that waits
 * for another one is not slow, and the other one speaks for itself.
 */
export function reportSlowStart(part: Part, emit: PlatformListener, isHeldUp: () => boolean): () => void {
  const beganAt = performance.now()
  const timer = setInterval(() => {
    if (isHeldUp()) return
    const seconds = secondsSince(beganAt)
    emit({
      event: 'progress',
      name: part.name,
      state: 'waiting',
      message: part.waitsFor,
      seconds,
      logFile: part.logFile,
    })
  }, SLOW_AFTER_MS)
  timer.unref()
  return () => clearInterval(timer)
}
