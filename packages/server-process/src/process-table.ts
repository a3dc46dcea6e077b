import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Names one process for good: a pid alone is given to another process sooner or later. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; differs for every process that ever had this pid. */
  readonly startedAt: string
}

interface ProcessStatus {
  readonly startedAt: string
  readonly parent: number
  readonly zombie: boolean
}

async function readLinuxStatus(pid: number): Promise<ProcessStatus | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses and may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  return { startedAt: fields[19] ?? '', parent: Number(parent), zombie: state === 'Z' || state === 'X' }
}

async function readStatusOfPs(pid: number): Promise<ProcessStatus | undefined> {
  const { stdout } = await run('ps', ['-o', 'ppid=,stat=,lstart=', '-p', String(pid)], {
    env: { ...process.env, LC_ALL: 'C' },
  })
  const [parent = '', state = '', ...started] = stdout.trim().split(/\s+/)
  return { startedAt: started.join(' '), parent: Number(parent), zombie: state.startsWith('Z') }
}

async function readStatus(pid: number): Promise<ProcessStatus | undefined> {
  try {
    return process.platform === 'linux' ? await readLinuxStatus(pid) : await readStatusOfPs(pid)
  } catch {
    return undefined
  }
}

/** The identity of a running process; undefined if there is none (a zombie runs no more). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const status = await readStatus(pid)
  return status === undefined || status.zombie ? undefined : { pid, startedAt: status.startedAt }
}

/** Whether exactly this process, not another one with its pid, runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid)
  return now !== undefined && now.startedAt === identity.startedAt
}

/** The arguments of a running process; empty if there is none or they cannot be read. */
export async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return (await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)])).stdout.trim()
  } catch {
    return ''
  }
}

/** The pids of the direct children of a process. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const pids =
    process.platform === 'linux'
      ? (await readdir('/proc')).map(Number).filter((entry) => Number.isInteger(entry))
      : (await run('ps', ['-A', '-o', 'pid='])).stdout.split('\n').map(Number).filter(Boolean)
  const parents = await Promise.all(pids.map(async (child) => (await readStatus(child))?.parent))
  return pids.filter((_, index) => parents[index] === pid)
}
