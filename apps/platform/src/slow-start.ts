import { secondsSince } from './elapsed.ts'
import type { PlatformListener } from './events.ts'
import type { Part } from './part.ts'

/** After this time without being ready, a part says what it waits for, and again each time it has passed. */
export const SLOW_AFTER_MS = 10_000

/** Until the returned function is called, names the parts of a start that take long. */
export function reportSlowStart(part: Part, emit: PlatformListener): () => void {
  const beganAt = performance.now()
  const timer = setInterval(() => {
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
