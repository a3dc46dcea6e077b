import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

const NEWLINE = 0x0a
const READ_BYTES = 256 * 1024
/** A line longer than this is no log line; it is dropped rather than collected without end. */
const LONGEST_LINE_BYTES = 4 * 1024 * 1024

/**
 * Reads the complete lines that were added to a growing file since the last call. Follows the file when another one takes
 * its name (rotation) and starts over when it was truncated.
 *
 * Reads synchronously: the bytes are in the page cache, and one `stat` per file and call is all that an idle file costs.
 */
export class LogTail {
  readonly #file: string
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES)
  #fd: number | undefined
  #inode = 0
  #position: number
  #rest: Buffer | undefined

  /** `from`: where to begin, in bytes; `end` skips what is there. */
  constructor(file: string, from: number | 'end') {
    this.#file = file
    this.#position = 0
    if (from === 'end') this.#position = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    else this.#position = from
  }

  /** `onLine` gets a line without its end; the buffer is only valid during the call. */
  read(onLine: (line: Buffer) => void): void {
    const now = statSync(this.#file, { throwIfNoEntry: false })
    if (now === undefined) return
    if (this.#fd !== undefined && now.ino !== this.#inode) {
      this.#readToEnd(this.#fd, onLine)
      this.close()
      this.#position = 0
    }
    if (now.size < this.#position) this.#startOver()
    if (this.#fd === undefined) {
      if (now.size === this.#position) return
      this.#fd = openSync(this.#file, 'r')
      this.#inode = fstatSync(this.#fd).ino
    }
    if (now.size > this.#position) this.#readToEnd(this.#fd, onLine)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#rest = undefined
  }

  #startOver(): void {
    this.#position = 0
    this.#rest = undefined
  }

  #readToEnd(fd: number, onLine: (line: Buffer) => void): void {
    for (;;) {
      const bytes = readSync(fd, this.#buffer, 0, READ_BYTES, this.#position)
      if (bytes === 0) return
      this.#position += bytes
      this.#split(this.#buffer.subarray(0, bytes), onLine)
    }
  }

  #split(chunk: Buffer, onLine: (line: Buffer) => void): void {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = chunk.subarray(start, end)
      if (this.#rest === undefined) onLine(line)
      else onLine(Buffer.concat([this.#rest, line]))
      this.#rest = undefined
      start = end + 1
    }
    if (start === chunk.length) return
    const rest = chunk.subarray(start)
    const joined = this.#rest === undefined ? Buffer.from(rest) : Buffer.concat([this.#rest, rest])
    this.#rest = joined.length > LONGEST_LINE_BYTES ? undefined : joined
  }
}
