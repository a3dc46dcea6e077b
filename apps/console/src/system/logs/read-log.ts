import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import type { Masker } from '../../access/masking.ts'
import type { LogEntry, LogLevel } from './log-entry.ts'
import { LOG_LEVELS, readLogLine } from './log-entry.ts'

export interface LogQuery {
  /** Only lines about this order (or cart, event, request): its id, or the beginning of it. */
  readonly order?: string | undefined
  /** Least level. */
  readonly level?: LogLevel | undefined
  /** Text that a line must hold, in any case; looked for in what is shown. */
  readonly text?: string | undefined
  readonly limit: number
}

export interface LogPage {
  /** The newest first. */
  readonly entries: readonly LogEntry[]
  /** Whether the file has more before that was not looked at, since that would take too long. */
  readonly more: boolean
}

const CHUNK_BYTES = 256 * 1024
/** So far back is looked: some hundred thousand lines. */
const MAX_BYTES = 32 * 1024 * 1024

/** Reads a log from its end backwards, until there are enough lines. */
export async function readLog(file: string, query: LogQuery, masker: Masker): Promise<LogPage> {
  await using handle = await open(file, 'r')
  const wanted = wantedBy(query)
  const entries: LogEntry[] = []
  const { size } = await handle.stat()
  let end = size
  let rest = Buffer.alloc(0)
  while (end > 0 && entries.length < query.limit && size - end < MAX_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const chunk = Buffer.concat([await bytes(handle, start, end - start), rest])
    // The first line of a chunk began before it, unless it is the first of the file.
    const from = start === 0 ? 0 : chunk.indexOf(0x0a) + 1
    rest = chunk.subarray(0, from)
    const lines = chunk.subarray(from).toString('utf8').split('\n').reverse()
    for (const line of lines) {
      if (entries.length >= query.limit) break
      if (query.order !== undefined && !line.includes(query.order)) continue
      const entry = readLogLine(line, masker)
      if (entry !== undefined && wanted(entry)) entries.push(entry)
    }
    end = start
  }
  return { entries, more: end > 0 }
}

function wantedBy({ order, level, text }: LogQuery): (entry: LogEntry) => boolean {
  const least = LOG_LEVELS.indexOf(level ?? 'trace')
  const words = text?.toLowerCase()
  return (entry) =>
    LOG_LEVELS.indexOf(entry.level) >= least &&
    (order === undefined || entry.keys.some((key) => key.startsWith(order))) &&
    (words === undefined || JSON.stringify(entry).toLowerCase().includes(words))
}

async function bytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
