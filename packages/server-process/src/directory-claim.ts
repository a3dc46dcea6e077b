import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from './process-table.ts'
import { identify, isRunning } from './process-table.ts'

const CLAIM_FILE = 'claim.json'

interface Claim {
  /** The process that asked for the server. */
  readonly owner: ProcessIdentity
  /** The server that it started; absent before and after. */
  readonly server?: ProcessIdentity
}

/** Who has a directory, and the server that runs on it. */
export type ClaimHolder = Claim

/** A directory that belongs to this process until it is released or the process ends, however it ends. */
export interface DirectoryClaim {
  /** Notes the server that now runs on the directory. */
  setServer(pid: number): Promise<void>
  release(): Promise<void>
}

export type ClaimResult =
  | {
      readonly status: 'claimed'
      readonly claim: DirectoryClaim
      /** A server that its owner, now gone, left running here. */
      readonly orphan?: ProcessIdentity
    }
  | { readonly status: 'held'; readonly holder: ClaimHolder }

async function readClaim(file: string): Promise<Claim | undefined> {
  try {
    const claim = JSON.parse(await readFile(file, 'utf8')) as Partial<Claim>
    return typeof claim.owner?.pid === 'number' ? { ...claim, owner: claim.owner } : undefined
  } catch {
    return undefined
  }
}

/** Writes the whole file or nothing: a reader never sees half of it. */
async function replaceFile(file: string, claim: Claim): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(claim))
  await rename(draft, file)
}

/** Creates the file with its content in one step; false if it exists. */
async function createFile(file: string, claim: Claim): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(claim))
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Claims `directory` (created if missing) for this process. A claim whose owner is gone is taken over; the server that it may
 * have left running is handed out as `orphan` for the caller to end.
 */
export async function claimDirectory(directory: string): Promise<ClaimResult> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, CLAIM_FILE)
  const owner = await identify(process.pid)
  if (owner === undefined) throw new Error('this process does not find itself in the process table')
  let orphan: ProcessIdentity | undefined
  // The orphan stays on record until it is ended: this process may not live to do it.
  while (!(await createFile(file, { owner, ...(orphan && { server: orphan }) }))) {
    const found = await readClaim(file)
    if (found !== undefined && (await isRunning(found.owner))) {
      return { status: 'held', holder: found }
    }
    const dead = await removeDeadClaim(file, owner)
    if (dead?.server !== undefined && (await isRunning(dead.server))) orphan = dead.server
  }
  return { status: 'claimed', claim: ownClaim(file, owner), ...(orphan && { orphan }) }
}

/**
 * Removes a claim whose owner is gone, and answers it; undefined when there is nothing to remove, or somebody else is at it. One at a time: whoever looked a moment
 * ago would otherwise remove the claim of the next owner.
 */
async function removeDeadClaim(file: string, owner: ProcessIdentity): Promise<Claim | undefined> {
  const turn = `${file}.removal`
  if (!(await createFile(turn, { owner }))) {
    const other = await readClaim(turn)
    // Its owner died within the few milliseconds that this takes.
    if (other !== undefined && !(await isRunning(other.owner))) await rm(turn, { force: true })
    return undefined
  }
  try {
    const found = await readClaim(file)
    if (found !== undefined && (await isRunning(found.owner))) return undefined
    await rm(file, { force: true })
    return found
  } finally {
    await rm(turn, { force: true })
  }
}

function ownClaim(file: string, owner: ProcessIdentity): DirectoryClaim {
  return {
    async setServer(pid) {
      const server = await identify(pid)
      await replaceFile(file, { owner, ...(server && { server }) })
    },
    release: () => rm(file, { force: true }),
  }
}
