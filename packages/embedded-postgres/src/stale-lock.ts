import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLine, identify } from '@stocker/server-process'

const POLL_MS = 20
const SHARED_MEMORY_LINE = 6

/**
 * Removes the postmaster.pid of a crashed server where PostgreSQL itself would take its pid for a living server: another process
 * has the pid now, or nobody has collected the exit status of the dead one (in a container, often for ever). A pid that nobody has
 * is left to PostgreSQL. Waits first until no process of the crashed server holds its shared memory, as PostgreSQL would.
 */
export async function removeStaleLock(cluster: string, deadline: number): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!(pid > 0) || !hasPid(pid)) return
  const alive = (await identify(pid)) !== undefined && (await commandLine(pid)).includes(cluster)
  if (alive) return
  const [, memoryId = ''] = (lines[SHARED_MEMORY_LINE] ?? '').trim().split(/\s+/)
  while ((await attachments(memoryId)) > 0 && Date.now() < deadline) await delay(POLL_MS)
  await rm(file, { force: true })
}

/** As PostgreSQL asks: a process that is dead and not collected counts. */
function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** How many processes hold a System V shared memory segment; 0 where the system does not tell (macOS). */
async function attachments(memoryId: string): Promise<number> {
  const table = await readFile('/proc/sysvipc/shm', 'utf8').catch(() => '')
  const [header = '', ...rows] = table.split('\n').map((line) => line.trim().split(/\s+/))
  const column = (name: string) => header.indexOf(name)
  const row = rows.find((fields) => fields[column('shmid')] === memoryId)
  return Number(row?.[column('nattch')] ?? 0)
}
