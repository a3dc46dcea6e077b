import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DirectoryClaim, ProcessIdentity } from '@stocker/server-process'
import { claimDirectory, endOrphan, identify, isRunning } from '@stocker/server-process'
import type { ControlAddress } from './control/control-server.ts'
import type { ServiceAddress } from './events.ts'

const RECORD = 'platform.json'
/** A service that outlives a killed supervisor is draining; then it is ended, or it would hold its port. */
const LEFTOVER_WAIT_MS = 5_000

/** What runs on a data directory: for a second start, for `npm run demo`, and for the start after a crash. */
export interface RunRecord {
  readonly supervisor: ProcessIdentity
  readonly ready: boolean
  readonly services: readonly ServiceAddress[]
  readonly kafka: string
  readonly postgres: string
  readonly logs: string
  /** What `npm run ctl` shows the console; the file is readable for its owner alone. */
  readonly consoleToken: string
  /** Where parts are stopped and started. */
  readonly control: ControlAddress
  /** The services' processes, also those that are no longer in `services`. */
  readonly processes: readonly ProcessIdentity[]
}

/** The platform that runs on this data directory now, or null. */
export async function readRunRecord(dataDir: string): Promise<RunRecord | null> {
  const record = await read(dataDir)
  return record !== null && (await isRunning(record.supervisor)) ? record : null
}

export async function writeRunRecord(
  dataDir: string,
  content: Omit<RunRecord, 'supervisor' | 'processes'>,
): Promise<void> {
  const supervisor = await identify(process.pid)
  if (supervisor === undefined) return
  const found = await Promise.all(content.services.map(({ pid }) => (pid > 0 ? identify(pid) : undefined)))
  const processes = found.filter((identity) => identity !== undefined)
  const path = join(dataDir, RECORD)
  // Written beside and moved over it: a reader never sees half a file.
  await writeFile(`${path}.next`, JSON.stringify({ supervisor, ...content, processes }, null, 2), { mode: 0o600 })
  await rename(`${path}.next`, path)
}

export async function dropRunRecord(dataDir: string): Promise<void> {
  await rm(join(dataDir, RECORD), { force: true })
}

/**
 * Takes the data directory for this process, or says who has it. Services left over from a supervisor that was killed are
 * waited for, then ended.
 */
export async function takeDataDirectory(
  dataDir: string,
): Promise<{ readonly claim: DirectoryClaim } | { readonly runningPid: number; readonly record: RunRecord | null }> {
  const result = await claimDirectory(dataDir)
  if (result.status === 'held') return { runningPid: result.holder.owner.pid, record: await readRunRecord(dataDir) }
  const left = await read(dataDir)
  await Promise.all(
    (left?.processes ?? []).map((orphan) => endOrphan(orphan, [{ signal: 'SIGTERM', waitMs: LEFTOVER_WAIT_MS }])),
  )
  await dropRunRecord(dataDir)
  return { claim: result.claim }
}

async function read(dataDir: string): Promise<RunRecord | null> {
  try {
    return JSON.parse(await readFile(join(dataDir, RECORD), 'utf8')) as RunRecord
  } catch {
    return null
  }
}
