import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from './process-table.ts'
import { isRunning } from './process-table.ts'
import type { StopSignal } from './stop-signal.ts'

const POLL_MS = 25

/** Ends a server that its owner left behind: the signals in turn, then SIGKILL. Resolves when it is gone. */
export async function endOrphan(orphan: ProcessIdentity, stopSignals: readonly StopSignal[]): Promise<void> {
  for (const { signal, waitMs } of [...stopSignals, { signal: 'SIGKILL' as const, waitMs: 10_000 }]) {
    if (!(await isRunning(orphan))) return
    process.kill(orphan.pid, signal)
    if (await endsWithin(orphan, waitMs)) return
  }
  throw new Error(`process ${orphan.pid} survives SIGKILL`)
}

async function endsWithin(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs
  while (Date.now() < deadline) {
    if (!(await isRunning(identity))) return true
    await delay(POLL_MS)
  }
  return false
}
