import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPostgresPart } from '../src/embedded-parts.ts'

test('a database server whose databases cannot be made is not left running, and can be started again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stocker-part-'))
  const impossible = 'x\0y'
  const databases = [impossible]
  const logFile = join(dataDir, 'postgres.log')
  const part = createPostgresPart({ dataDir: join(dataDir, 'postgres'), logFile, port: 0 }, databases)
  const { signal } = new AbortController()
  try {
    await expect(part.start(signal)).rejects.toMatchObject({ code: 'START_FAILED' })
    expect(part.pid).toBeUndefined()
    await part.exited()

    databases.splice(0)
    await part.start(signal)
    expect(part.pid).toBeGreaterThan(0)
  } finally {
    await part.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
