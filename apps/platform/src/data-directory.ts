import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from './errors.ts'

/** Only a directory with this file in it is ever emptied. */
export const MARKER = '.stocker-data.json'
/** The claim and the record of the start that is under way, and their drafts. */
const OF_THIS_START = /^(claim|platform)\.json/

interface Marker {
  readonly createdAt: string
  /** Null until a start has become ready once. */
  readonly firstReadyAt: string | null
}

export interface DataDirectory {
  readonly path: string
  readonly logs: string
  /** No start has become ready on this data yet. */
  readonly firstStart: boolean
}

/**
 * Creates the directory, or checks that it is one of ours.
 * @throws PlatformError FOREIGN_DIRECTORY when it holds files and was not made by this platform.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  await mkdir(path, { recursive: true })
  let marker = await readMarker(path)
  if (marker === null) {
    const found = (await readdir(path)).find((entry) => !OF_THIS_START.test(entry))
    if (found !== undefined) {
      throw new PlatformError(
        'FOREIGN_DIRECTORY',
        `${path} holds files that are not this platform's (${found}): choose an empty or new directory with --data`,
      )
    }
    marker = { createdAt: new Date().toISOString(), firstReadyAt: null }
    await writeMarker(path, marker)
  }
  const logs = join(path, 'logs')
  await mkdir(logs, { recursive: true })
  return { path, logs, firstStart: marker.firstReadyAt === null }
}

/** Empties the directory, except for the record of the start that asks for it. */
export async function emptyDataDirectory(path: string): Promise<void> {
  // Refuses a directory without the marker before anything is removed.
  await openDataDirectory(path)
  for (const entry of await readdir(path)) {
    if (entry === MARKER || OF_THIS_START.test(entry)) continue
    await rm(join(path, entry), { recursive: true, force: true, maxRetries: 3 })
  }
  await writeMarker(path, { createdAt: new Date().toISOString(), firstReadyAt: null })
}

export async function noteFirstReady(path: string): Promise<void> {
  const marker = await readMarker(path)
  if (marker?.firstReadyAt === null) await writeMarker(path, { ...marker, firstReadyAt: new Date().toISOString() })
}

async function readMarker(path: string): Promise<Marker | null> {
  try {
    return JSON.parse(await readFile(join(path, MARKER), 'utf8')) as Marker
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new PlatformError('FOREIGN_DIRECTORY', `${join(path, MARKER)} cannot be read: ${String(error)}`, error)
  }
}

async function writeMarker(path: string, marker: Marker): Promise<void> {
  await writeFile(join(path, MARKER), `${JSON.stringify(marker, null, 2)}\n`)
}
