/**
 * npm passes a Ctrl-C on that the terminal has already delivered to the whole process group: the same key arrives twice
 * within a few milliseconds. A person's second Ctrl-C takes longer.
 */
const ECHO_MS = 400
/** How often it is looked whether the parent is still there. */
const PARENT_CHECK_MS = 500
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

/**
 * npm passes a signal on to the shell in between, and a shell ends without telling its child: who stops npm (a process manager, a `kill`) would leave this
 * process running, with nobody to stop it. The returned function ends the watch.
 */
export function onParentGone(onGone: () => void): () => void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, PARENT_CHECK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
