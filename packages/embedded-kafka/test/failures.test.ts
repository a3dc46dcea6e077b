import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findDistribution } from '../src/distribution.ts'
import type { EmbeddedKafkaOptions } from '../src/index.ts'
import { defaultCacheDir, EmbeddedKafkaError, prerequisites, startEmbeddedKafka } from '../src/index.ts'
import { findJava } from '../src/java.ts'
import { resolveOptions } from '../src/options.ts'

let directory: string
let dataDir: string
let javaHome: string
let kafkaHome: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stocker-kafka-'))
  javaHome = dirname(dirname((await findJava(process.env)).program))
  const [jar = ''] = (await findDistribution(resolveOptions({ dataDir: directory }))).classPath
  kafkaHome = dirname(dirname(jar))
})

beforeEach(async () => {
  dataDir = await mkdtemp(join(directory, 'data-'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

async function failureOf(options: Partial<EmbeddedKafkaOptions>): Promise<EmbeddedKafkaError> {
  try {
    await using kafka = await startEmbeddedKafka({ dataDir, port: 0, ...options })
    throw new Error(`started as ${kafka.pid}`)
  } catch (error) {
    if (error instanceof EmbeddedKafkaError) return error
    throw error
  }
}

/** A directory with one program, for the PATH. */
async function pathWith(name: string, script: string): Promise<string> {
  const bin = await mkdtemp(join(directory, 'bin-'))
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(bin, name), 0o755)
  return bin
}

test('without Java one sentence says what to install', async () => {
  const failure = await failureOf({ environment: { PATH: '/nowhere' } })
  expect(failure.code).toBe('JAVA_MISSING')
  expect(failure.message).toMatch(/^No Java was found, .*install Java 17 or newer .*apt install maven.*\.$/)
  await expect(prerequisites({ environment: { PATH: '/nowhere' } })).rejects.toMatchObject({ code: 'JAVA_MISSING' })
})

test('an old Java is named, with what to install instead', async () => {
  const settings = 'java.home = /opt/java-11\n java.vm.version = 11.0.2+9\n java.specification.version = 11'
  const PATH = await pathWith('java', `printf ' ${settings.replaceAll('\n', '\\n')}\\n' >&2`)
  const failure = await failureOf({ environment: { PATH } })
  expect(failure.code).toBe('JAVA_MISSING')
  expect(failure.message).toMatch(/too old \(11\.0\.2\+9 at \/opt\/java-11\/bin\/java\).*install Java 17/)
})

test('without Maven and with an empty cache one sentence says what to install', async () => {
  const environment = { JAVA_HOME: javaHome, PATH: '/nowhere' }
  const cacheDir = join(directory, 'empty-cache')
  const failure = await failureOf({ environment, cacheDir })
  expect(failure.code).toBe('MAVEN_MISSING')
  expect(failure.message).toMatch(/^Maven was not found, .*install it .*apt install maven.*KAFKA_HOME.*\.$/)
  await expect(prerequisites({ environment, cacheDir })).rejects.toMatchObject({ code: 'MAVEN_MISSING' })
})

test('with the broker in the cache Maven is not needed', async () => {
  const found = await prerequisites({ environment: { ...process.env, JAVA_HOME: javaHome, PATH: '/nowhere' } })
  expect(found).toEqual({ java: expect.stringMatching(/^\d+/), source: 'maven' })
})

test('KAFKA_HOME is used in place of Maven', async () => {
  const cacheDir = await cacheWithArchive()
  const environment = { JAVA_HOME: javaHome, PATH: '/nowhere', KAFKA_HOME: kafkaHome }
  expect(await prerequisites({ environment, cacheDir })).toMatchObject({ source: 'KAFKA_HOME' })

  await using kafka = await startEmbeddedKafka({ dataDir, port: 0, environment, cacheDir })

  expect(kafka.running).toBe(true)
  expect((await readdir(cacheDir)).filter((entry) => entry.startsWith('kafka-'))).toEqual([])
})

test('a KAFKA_HOME without Kafka is refused by its path', async () => {
  const failure = await failureOf({ environment: { ...process.env, KAFKA_HOME: dataDir } })
  expect(failure.code).toBe('KAFKA_HOME_INVALID')
  expect(failure.message).toContain(join(dataDir, 'libs'))
})

test('a taken port is named', async () => {
  const stranger = createServer((socket) => socket.end('HTTP/1.1 400\r\n\r\n')).listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const address = stranger.address()
  const port = address !== null && typeof address === 'object' ? address.port : -1
  try {
    const failure = await failureOf({ port })
    expect(failure.code).toBe('PORT_IN_USE')
    expect(failure.message).toContain(`port ${port} on 127.0.0.1 is in use`)
  } finally {
    stranger.close()
  }
})

test.each([
  ['when it formats its directory', 'FORMAT_FAILED', { 'num.network.threads': 'many' }, 'num.network.threads'],
  ['when it starts', 'START_FAILED', { 'metric.reporters': 'com.example.Missing' }, 'com.example.Missing'],
] as const)('a broker that fails %s gives its last useful lines', async (_, code, brokerProperties, reason) => {
  const failure = await failureOf({ brokerProperties })
  expect(failure.code).toBe(code)
  expect(failure.brokerLines.join('\n')).toContain(reason)
  expect(failure.brokerLines.length).toBeLessThanOrEqual(12)
  expect(failure.message).toContain(failure.brokerLines.at(-1))
  expect(failure.brokerLines.filter((line) => line.includes('\tat '))).toEqual([])
})

test('options that Java does not know are told in its own words', async () => {
  const failure = await failureOf({ jvmOptions: ['-XX:+NoSuchOption'] })
  expect(failure.code).toBe('JVM_FAILED')
  expect(failure.message).toContain("Unrecognized VM option 'NoSuchOption'")
})

test('a broker that is too slow is ended, and the directory is free again', async () => {
  const failure = await failureOf({ startTimeoutMs: 1 })
  expect(failure.code).toBe('START_TIMED_OUT')
  expect(failure.retryable).toBe(true)
  await using kafka = await startEmbeddedKafka({ dataDir, port: 0 })
  expect(kafka.running).toBe(true)
})

test('a damaged class-data archive does not keep a broker from starting, and goes', async () => {
  const cacheDir = await cacheWithArchive()
  const [archive = ''] = (await readdir(cacheDir)).filter((entry) => entry.endsWith('.jsa'))
  const file = join(cacheDir, archive)
  await chmod(file, 0o644)
  await truncate(file, 20_000_000) // Java dies of SIGBUS when it reads beyond the end

  const environment = { ...process.env, KAFKA_HOME: kafkaHome }
  await using kafka = await startEmbeddedKafka({ dataDir, port: 0, environment, cacheDir })

  expect(kafka.running).toBe(true)
  expect(await readdir(cacheDir)).not.toContain(archive)
})

test.each([
  ['port', { port: 70_000 }],
  ['port', { port: 1.5 }],
  ['heapMb', { heapMb: 16 }],
  ['startTimeoutMs', { startTimeoutMs: 0 }],
  ['dataDir', { dataDir: '' }],
  ['pomFile', { pomFile: '/nowhere/pom.xml' }],
])('a wrong %s is refused by name', async (option, options) => {
  const failure = await failureOf(options)
  expect(failure.code).toBe('INVALID_OPTION')
  expect(failure.message).toContain(option)
})

test('a data directory that cannot be made is refused by its path', async () => {
  const file = join(dataDir, 'file')
  await writeFile(file, '')
  const failure = await failureOf({ dataDir: join(file, 'data') })
  expect(failure.code).toBe('DATA_DIR_UNUSABLE')
  expect(failure.message).toContain(join(file, 'data'))
})

/** A cache of its own that has the archive of the jars in kafkaHome already: building one takes 12 s. */
async function cacheWithArchive(): Promise<string> {
  const shared = defaultCacheDir(process.env)
  const cacheDir = await mkdtemp(join(directory, 'cache-'))
  await mkdir(cacheDir, { recursive: true })
  for (const entry of await readdir(shared)) {
    if (entry.endsWith('.jsa')) await cp(join(shared, entry), join(cacheDir, entry))
  }
  return cacheDir
}
