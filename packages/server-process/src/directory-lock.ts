import { setTimeout as delay } from 'node:timers/promises'
import { claimDirectory } from './directory-claim.ts'

const POLL_MS = 100

/** Runs `work` while no other process or caller does so under the same directory; waits for its turn as long as that takes. */
export async function withDirectoryLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const result = await claimDirectory(directory)
    if (result.status === 'claimed') {
      try {
        return await work()
      } finally {
        await result.claim.release()
      }
    }
    await delay(POLL_MS)
  }
}
