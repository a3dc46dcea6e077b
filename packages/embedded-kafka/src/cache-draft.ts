import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { withDirectoryLock } from '@stocker/server-process'

/**
 * Makes a file or directory of the cache once. `write` fills a draft that gets its name only when it is complete; of several
 * processes one does the work and the others wait for it. Drafts that an interrupted process left are removed.
 */
export async function makeOnce(
  target: string,
  isComplete: () => Promise<boolean>,
  write: (draft: string) => Promise<void>,
): Promise<void> {
  await withDirectoryLock(`${target}.lock`, async () => {
    if (await isComplete()) return
    const prefix = `${basename(target)}.draft-`
    const directory = dirname(target)
    await mkdir(directory, { recursive: true })
    for (const entry of await readdir(directory)) {
      if (entry.startsWith(prefix)) await rm(join(directory, entry), { recursive: true, force: true })
    }
    const draft = join(directory, `${prefix}${randomUUID()}`)
    try {
      await write(draft)
      await rm(target, { recursive: true, force: true })
      await rename(draft, target)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  })
}
