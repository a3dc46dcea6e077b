import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linesSince, prepareLog } from '../src/index.ts'

let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stocker-log-'))
  file = join(directory, 'deep', 'server.log')
})

afterEach(() => rm(directory, { recursive: true, force: true }))

test('only the lines of this start are told', async () => {
  await prepareLog(file)
  await writeFile(file, 'of an earlier start\n')
  const position = await prepareLog(file)
  expect(await linesSince(position)).toEqual([])
  await appendFile(file, 'one\n\ntwo\n')
  expect(await linesSince(position)).toEqual(['one', 'two'])
})

test('a log that has grown large is set aside, once', async () => {
  await prepareLog(file)
  await writeFile(file, 'x'.repeat(17 * 1024 * 1024))
  expect(await prepareLog(file)).toEqual({ file, offset: 0 })
  expect((await readFile(`${file}.1`)).length).toBe(17 * 1024 * 1024)
})
