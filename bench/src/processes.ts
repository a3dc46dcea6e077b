import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** Clock ticks per second of /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export interface ProcessUse {
  readonly cpuMs: number
  readonly rssMiB: number
}

const isLinux = process.platform === 'linux'

const statOf = (pid: number): { parent: number; cpuMs: number; rssMiB: number } | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name stands in brackets and may hold spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // Of itself, and of the children that have ended.
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0)
    const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { parent: Number(fields[1]), cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssMiB: Number(rssKb ?? 0) / 1024 }
  } catch {
    return undefined
  }
}

/**
 * CPU time and resident memory of a process and all its descendants, the CPU time of ended ones included; undefined where there is no /proc.
 * Memory that processes share (PostgreSQL's buffers) counts once for each of them.
 */
export const useOf = (pid: number): ProcessUse | undefined => {
  if (!isLinux) return undefined
  const all = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const stat = statOf(Number(name))
        return stat === undefined ? [] : [[Number(name), stat] as const]
      }),
  )
  const belongs = (candidate: number): boolean => {
    for (let at: number | undefined = candidate; at !== undefined && at > 1; at = all.get(at)?.parent)
      if (at === pid) return true
    return false
  }
  let cpuMs = 0
  let rssMiB = 0
  for (const [candidate, stat] of all) {
    if (!belongs(candidate)) continue
    cpuMs += stat.cpuMs
    rssMiB += stat.rssMiB
  }
  return { cpuMs, rssMiB }
}

/** One process alone, without its children. */
export const rssOf = (pid: number): number | undefined => (isLinux ? statOf(pid)?.rssMiB : undefined)
