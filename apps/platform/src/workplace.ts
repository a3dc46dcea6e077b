import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { emptyDataDirectory, openDataDirectory } from './data-directory.ts'
import { PlatformError } from './errors.ts'
import type { PlatformOptions } from './platform-options.ts'
import { dropRunRecord, takeDataDirectory } from './run-record.ts'

/** The directories of one running platform, held against other starts until they are released. */
export interface Workplace {
  readonly data: string
  readonly logs: string
  /** No start has become ready on this data yet. */
  readonly firstStart: boolean
  /** Lets others have the directory; removes it when it was a temporary one. May be called twice. */
  release(): Promise<void>
}

/** @throws PlatformError ALREADY_RUNNING, or FOREIGN_DIRECTORY for a directory with somebody else's files */
export async function openWorkplace({
  dataDir,
  fresh = false,
}: Pick<PlatformOptions, 'dataDir' | 'fresh'>): Promise<Workplace> {
  const data = dataDir === undefined ? await createTemporary() : resolve(dataDir)
  // Looked at before it is claimed: not even a claim is written into a directory that is not ours.
  await openDataDirectory(data)
  const taken = await takeDataDirectory(data)
  if (!('claim' in taken)) {
    throw new PlatformError(
      'ALREADY_RUNNING',
      `a platform already runs on ${data} (pid ${taken.runningPid}): stop it first`,
    )
  }
  let released = false
  try {
    if (fresh) await emptyDataDirectory(data)
    const { logs, firstStart } = await openDataDirectory(data)
    return {
      data,
      logs,
      firstStart,
      async release() {
        // A second call could take the directory away from somebody who has claimed it since.
        if (released) return
        released = true
        await dropRunRecord(data)
        await taken.claim.release()
        if (dataDir === undefined) await rm(data, { recursive: true, force: true, maxRetries: 3 })
      },
    }
  } catch (error) {
    await taken.claim.release()
    throw error
  }
}

async function createTemporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'stocker-platform-'))
  // PostgreSQL refuses to run as root and then runs as another user, who has to get through.
  await chmod(path, 0o755)
  return path
}
