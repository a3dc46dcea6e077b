import type { Masker } from '../../access/masking.ts'
import type { LogEntry, LogLevel } from './log-entry.ts'
import { LOG_LEVELS, readLogLine } from './log-entry.ts'

export interface LogFilter {
  /** Only lines about this order (or cart, event, request): its id, or the beginning of it. */
  readonly order?: string | undefined
  /** Least level. */
  readonly level?: LogLevel | undefined
  /** Text that a line must hold, in any case; looked for in what is shown. */
  readonly text?: string | undefined
}

export interface LogQuery extends LogFilter {
  readonly limit: number
}

/** Reads a line, masked, if it fits; one is found by what is shown of it alone. */
export function lineReader({ order, level, text }: LogFilter, masker: Masker): (line: string) => LogEntry | undefined {
  const least = LOG_LEVELS.indexOf(level ?? 'trace')
  const words = text?.toLowerCase()
  const fits = (entry: LogEntry): boolean =>
    LOG_LEVELS.indexOf(entry.level) >= least &&
    (order === undefined || entry.keys.some((key) => key.startsWith(order))) &&
    (words === undefined || JSON.stringify(entry).toLowerCase().includes(words))
  return (line) => {
    // Most lines are of other orders, and need not be taken apart.
    if (order !== undefined && !line.includes(order)) return undefined
    const entry = readLogLine(line, masker)
    return entry !== undefined && fits(entry) ? entry : undefined
  }
}
