import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const LISTEN = '0A'

/** `node (pid 8123)`: who listens on this port, or null when this user may not know. */
export async function portOwner(port: number): Promise<string | null> {
  const pid = process.platform === 'linux' ? await pidFromProc(port) : await pidFromLsof(port)
  if (pid === null) return null
  return `${await commandOf(pid)} (pid ${pid})`
}

async function pidFromProc(port: number): Promise<number | null> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const rows = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const row of rows) {
      const columns = row.trim().split(/\s+/)
      const localPort = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16)
      if (localPort === port && columns[3] === LISTEN && columns[9] !== undefined) inodes.add(`socket:[${columns[9]}]`)
    }
  }
  if (inodes.size === 0) return null
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    // Other users' processes refuse this: then the owner stays unknown.
    const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => [])
    const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/${entry}/fd/${fd}`).catch(() => '')))
    if (targets.some((target) => inodes.has(target))) return Number(entry)
  }
  return null
}

async function pidFromLsof(port: number): Promise<number | null> {
  try {
    const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], {
      timeout: 2_000,
    })
    const pid = Number.parseInt(stdout, 10)
    return Number.isInteger(pid) ? pid : null
  } catch {
    return null
  }
}

async function commandOf(pid: number): Promise<string> {
  try {
    if (process.platform !== 'linux') {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)], { timeout: 2_000 })
      return stdout.trim() || 'a process'
    }
    const [program = '', ...parameters] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    const script = parameters.find((parameter) => parameter !== '' && !parameter.startsWith('-'))
    return [program.split('/').at(-1), script?.split('/').slice(-3).join('/')].filter(Boolean).join(' ') || 'a process'
  } catch {
    return 'a process'
  }
}
