import { spawn } from 'node:child_process'
import type { StopSignal } from './stop-signal.ts'

// A shell of 1 MB that reads from a pipe of which only this process holds the other end. A line means that the server has ended;
// the end of the file without a line means that this process is gone, whatever became of it: kill -9 closes pipes as well.
const SCRIPT = `
trap '' HUP INT QUIT TERM
read released && exit 0
pid=$1; shift
while [ $# -ge 2 ]; do
  kill -s "$1" "$pid" 2>/dev/null || exit 0
  tenths=$2
  while [ "$tenths" -gt 0 ]; do
    kill -0 "$pid" 2>/dev/null || exit 0
    sleep 0.1
    tenths=$((tenths - 1))
  done
  shift 2
done
kill -s KILL "$pid" 2>/dev/null
`

export interface Watchdog {
  /** The server has ended: the watchdog goes without touching its pid, which may be another's soon. */
  release(): void
}

/** Ends the process `pid` by the given signals, then SIGKILL, as soon as this process is gone. */
export function startWatchdog(pid: number, stopSignals: readonly StopSignal[]): Watchdog {
  const stages = stopSignals.flatMap(({ signal, waitMs }) => [
    signal.replace(/^SIG/, ''),
    String(Math.ceil(waitMs / 100)),
  ])
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', String(pid), ...stages], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.on('error', () => undefined)
  watchdog.stdin.on('error', () => undefined)
  watchdog.unref()
  return { release: () => watchdog.stdin.end('released\n') }
}
