/**
 * npm passes a Ctrl-C on that the terminal has already delivered to the whole process group: the same key arrives twice
 * within a few milliseconds. A person's second Ctrl-C takes longer.
 */
const ECHO_MS = 400
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** First request: `onStop`. A second one, later than an echo: `onKill`. The returned function makes a request by hand. */
export function onStopRequest(onStop: (reason: string) => void, onKill: () => void): (reason: string) => void {
  let firstAt: number | undefined
  const request = (reason: string): void => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      onStop(reason)
    } else if (performance.now() - firstAt > ECHO_MS) {
      onKill()
    }
  }
  for (const signal of SIGNALS) process.on(signal, () => request(signal))
  return request
}
