import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EmbeddedKafkaError } from '../src/index.ts'
import { cachedLibraries, downloadLibraries, readPom } from '../src/maven.ts'
import { DEFAULTS } from '../src/options.ts'

let directory: string
let cacheDir: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stocker-download-'))
  cacheDir = join(directory, 'cache')
})

afterEach(() => rm(directory, { recursive: true, force: true }))

/** Stands for Maven: notes its call, puts `one.jar` into the output directory, and goes on with `script`. */
async function maven(script: string): Promise<string> {
  const program = join(directory, 'mvn')
  const output = `for argument; do case $argument in -DoutputDirectory=*) output=\${argument#*=};; esac; done`
  await writeFile(
    program,
    `#!/bin/sh\necho "$@" >> ${directory}/calls\n${output}\necho jar > $output/one.jar\n${script}\n`,
  )
  await chmod(program, 0o755)
  return program
}

async function download(program: string): Promise<string> {
  const pom = await readPom(DEFAULTS.pomFile)
  return downloadLibraries(pom, program, { cacheDir, environment: process.env, onProgress: () => undefined })
}

async function calls(): Promise<readonly string[]> {
  return (await readFile(join(directory, 'calls'), 'utf8')).trim().split('\n')
}

test('the version of the broker is the one that the pom pins', async () => {
  expect((await readPom(DEFAULTS.pomFile)).version).toBe('4.2.1')
})

test('a complete download is kept under the version, and nothing else', async () => {
  const libraries = await download(await maven('exit 0'))
  expect(libraries).toMatch(/kafka-4\.2\.1-[0-9a-f]{8}\/libs$/)
  expect(await readdir(libraries)).toEqual(['one.jar'])
  expect(await cachedLibraries(await readPom(DEFAULTS.pomFile), cacheDir)).toBe(libraries)
  expect((await readdir(cacheDir)).filter((entry) => entry.includes('draft'))).toEqual([])
})

test('several first starts at once download once', async () => {
  const program = await maven('sleep 0.3')
  const found = await Promise.all([download(program), download(program), download(program)])
  expect(new Set(found).size).toBe(1)
  expect(await calls()).toHaveLength(1)
})

test('a download that fails gives the reason of Maven, leaves nothing, and is done again', async () => {
  const failing = download(await maven('echo "[ERROR] Could not transfer artifact: no route to host"; exit 1'))
  const failure = await failing.catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(EmbeddedKafkaError)
  expect(failure).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: true })
  expect((failure as Error).message).toContain('Could not transfer artifact: no route to host')
  expect(await cachedLibraries(await readPom(DEFAULTS.pomFile), cacheDir)).toBeUndefined()

  await download(await maven('exit 0'))
  expect(await calls()).toHaveLength(2)
})

test('a download whose process was killed is done again', async () => {
  const script = `import { downloadLibraries, readPom } from '${join(import.meta.dirname, '../src/maven.ts')}'
    const pom = await readPom('${DEFAULTS.pomFile}')
    await downloadLibraries(pom, '${join(directory, 'mvn')}', { cacheDir: '${cacheDir}', environment: process.env, onProgress() {} })`
  await maven('kill -9 $PPID')
  expect(() =>
    execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'pipe' }),
  ).toThrow()
  expect((await readdir(cacheDir)).some((entry) => entry.includes('draft'))).toBe(true)
  expect(await cachedLibraries(await readPom(DEFAULTS.pomFile), cacheDir)).toBeUndefined()

  const libraries = await download(await maven('exit 0'))

  expect(await readdir(libraries)).toEqual(['one.jar'])
  expect((await readdir(cacheDir)).filter((entry) => entry.includes('draft'))).toEqual([])
})

test('a changed pom is resolved anew', async () => {
  const changed = join(directory, 'pom.xml')
  await writeFile(changed, (await readFile(DEFAULTS.pomFile, 'utf8')).replace('<log4j.version>', '<log4j.version> '))
  await download(await maven('exit 0'))
  expect(await cachedLibraries(await readPom(changed), cacheDir)).toBeUndefined()
})
