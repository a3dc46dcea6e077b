import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const ROTATE_ABOVE_BYTES = 16 * 1024 * 1024
const TAIL_BYTES = 256 * 1024

/** Where a log stands, to read later what was written since. */
export interface LogPosition {
  readonly file: string
  readonly offset: number
}

/** Makes the log's directory, moves a log that has grown large to `<file>.1`, and says where the next line goes. */
export async function prepareLog(file: string): Promise<LogPosition> {
  await mkdir(dirname(file), { recursive: true })
  const size = await sizeOf(file)
  if (size <= ROTATE_ABOVE_BYTES) return { file, offset: size }
  await rename(file, `${file}.1`)
  return { file, offset: 0 }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  )
}

/** The lines written since `position`, the last 256 KiB of them. */
export async function linesSince(position: LogPosition): Promise<readonly string[]> {
  const size = await sizeOf(position.file)
  const from = Math.max(position.offset, size - TAIL_BYTES)
  if (size <= from) return []
  const handle = await open(position.file, 'r')
  try {
    const buffer = Buffer.alloc(size - from)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
    return buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => line.trim() !== '')
  } finally {
    await handle.close()
  }
}
