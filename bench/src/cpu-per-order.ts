import type { Platform } from '@stocker/platform'
import { useOf } from './processes.ts'

/** Milliseconds by process. */
export type CpuByProcess = Readonly<Record<string, number>>

/** CPU so far of every process with its children (PostgreSQL has one per connection), and of this process with the load. */
export const cpuMs = (platform: Platform): CpuByProcess => ({
  ...Object.fromEntries(platform.processes.map(({ name, pid }) => [name, useOf(pid)?.cpuMs ?? Number.NaN])),
  load: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
})

/** What each process spent between two looks, divided by `count`. */
export const perCount = (before: CpuByProcess, after: CpuByProcess, count: number): CpuByProcess =>
  Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / count]))

export const sumOf = (byProcess: CpuByProcess): number => Object.values(byProcess).reduce((sum, ms) => sum + ms, 0)
