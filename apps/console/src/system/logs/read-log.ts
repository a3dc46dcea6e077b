import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import type { Masker } from '../../access/masking.ts'
import type { LogEntry } from './log-entry.ts'
import type { LogPlace } from './log-place.ts'
import { inodeOf } from './log-place.ts'
import type { LogFilter, LogQuery } from './log-query.ts'
import { lineReader } from './log-query.ts'

export interface LogPage {
  /** The newest first. */
  readonly entries: readonly LogEntry[]
  /** Whether the file has more before that was not looked at, since that would take too long. */
  readonly more: boolean
  /** From where on there will be newer ones. */
  readonly place: LogPlace
}

export interface LogNews {
  /** The oldest first, with the byte at which each begins. */
  readonly found: readonly { readonly offset: number; readonly entry: LogEntry }[]
  /** Lines that came, whether they fit or not. */
  readonly lines: number
  readonly place: LogPlace
  /** Whether lines between were not read: there is another file now, or too much came. */
  readonly gap: boolean
}

const NEWLINE = 0x0a
const CHUNK_BYTES = 256 * 1024
/** So far back is looked: some hundred thousand lines. */
const MAX_BYTES = 32 * 1024 * 1024
/** So much is read of what came, a fraction of a second's work: the newest of it. */
export const MAX_NEWS_BYTES = 4 * 1024 * 1024

/** Reads a log from its end backwards, until there are enough lines. */
export async function readLog(file: string, query: LogQuery, masker: Masker): Promise<LogPage> {
  await using handle = await open(file, 'r')
  const read = lineReader(query, masker)
  const entries: LogEntry[] = []
  const { size, inode } = await statOf(handle)
  let place: LogPlace | undefined
  let end = size
  let rest = Buffer.alloc(0)
  while (end > 0 && (place === undefined || entries.length < query.limit) && size - end < MAX_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const chunk = Buffer.concat([await bytes(handle, start, end - start), rest])
    // What is after the last end of a line is being written.
    place ??= { inode, offset: start + chunk.lastIndexOf(NEWLINE) + 1 }
    // The first line of a chunk began before it, unless it is the first of the file.
    const from = start === 0 ? 0 : chunk.indexOf(NEWLINE) + 1
    rest = chunk.subarray(0, from)
    for (const line of chunk.subarray(from).toString('utf8').split('\n').reverse()) {
      if (entries.length >= query.limit) break
      const entry = read(line)
      if (entry !== undefined) entries.push(entry)
    }
    end = start
  }
  return { entries, more: end > 0, place: place ?? { inode, offset: 0 } }
}

export interface LogStretch {
  /** Undefined: from the beginning. */
  readonly since: LogPlace | undefined
  /** Undefined, or of another file: to the end. */
  readonly until?: LogPlace | undefined
}

/** What came into a log between two places. */
export async function readLogSince(
  file: string,
  { since, until }: LogStretch,
  filter: LogFilter,
  masker: Masker,
): Promise<LogNews> {
  await using handle = await open(file, 'r')
  const { size, inode } = await statOf(handle)
  const replaced = since !== undefined && (since.inode !== inode || since.offset > size)
  const known = since === undefined || replaced ? 0 : since.offset
  const end = Math.max(known, until?.inode === inode ? Math.min(until.offset, size) : size)
  const start = Math.max(known, end - MAX_NEWS_BYTES)
  const cut = start > known
  const chunk = await bytes(handle, start, end - start)
  const read = lineReader(filter, masker)
  const found: { offset: number; entry: LogEntry }[] = []
  // Where too much came, reading begins within a line.
  let from = cut ? chunk.indexOf(NEWLINE) + 1 : 0
  let lines = 0
  for (let to = chunk.indexOf(NEWLINE, from); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
    const entry = read(chunk.toString('utf8', from, to))
    if (entry !== undefined) found.push({ offset: start + from, entry })
    lines++
    from = to + 1
  }
  return { found, lines, place: { inode, offset: start + from }, gap: replaced || cut }
}

async function statOf(handle: FileHandle): Promise<{ readonly size: number; readonly inode: string }> {
  const stat = await handle.stat({ bigint: true })
  return { size: Number(stat.size), inode: inodeOf(stat) }
}

async function bytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}
