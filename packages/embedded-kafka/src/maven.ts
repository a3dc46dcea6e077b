import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { makeOnce } from './cache-draft.ts'
import { EmbeddedKafkaError } from './errors.ts'

const run = promisify(execFile)
const COMPLETE = '.complete'
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000
const LAST_MAVEN_LINES = 10

export interface Pom {
  readonly file: string
  readonly version: string
  /** Differs when the file's content differs, so that a changed pom is resolved anew. */
  readonly fingerprint: string
}

export async function readPom(file: string): Promise<Pom> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EmbeddedKafkaError('INVALID_OPTION', `pomFile ${file} cannot be read; it names the Apache Kafka to run`, {
      cause,
    })
  })
  const version = /<kafka\.version>\s*([\w.-]+)\s*<\/kafka\.version>/.exec(text)?.[1]
  if (version === undefined) {
    throw new EmbeddedKafkaError('INVALID_OPTION', `pomFile ${file} has no property kafka.version`)
  }
  return { file, version, fingerprint: createHash('sha256').update(text).digest('hex').slice(0, 8) }
}

/** The directory of the complete set of jars; undefined if it is not there. */
export async function cachedLibraries(pom: Pom, cacheDir: string): Promise<string | undefined> {
  const home = homeOf(pom, cacheDir)
  return access(join(home, COMPLETE)).then(
    () => join(home, 'libs'),
    () => undefined,
  )
}

function homeOf(pom: Pom, cacheDir: string): string {
  return join(cacheDir, `kafka-${pom.version}-${pom.fingerprint}`)
}

/** Lets Maven, with the settings of this machine, copy the jars into the cache. */
export async function downloadLibraries(
  pom: Pom,
  maven: string,
  where: {
    readonly cacheDir: string
    readonly environment: Readonly<Record<string, string | undefined>>
    readonly onProgress: (message: string) => void
  },
): Promise<string> {
  const home = homeOf(pom, where.cacheDir)
  await makeOnce(
    home,
    async () => (await cachedLibraries(pom, where.cacheDir)) !== undefined,
    async (draft) => {
      where.onProgress(`fetching Apache Kafka ${pom.version} with Maven (about 43 MB, once)`)
      await copyDependencies(pom, maven, join(draft, 'libs'), where.environment)
      await writeFile(join(draft, COMPLETE), '')
    },
  )
  return join(home, 'libs')
}

async function copyDependencies(
  pom: Pom,
  maven: string,
  target: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await mkdir(target, { recursive: true })
  const goals = [
    '-B',
    '-q',
    '-f',
    pom.file,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${target}`,
  ]
  try {
    await run(maven, goals, { env: { ...environment }, cwd: dirname(pom.file), timeout: DOWNLOAD_TIMEOUT_MS })
  } catch (cause) {
    const output = (cause as { stdout?: string }).stdout ?? ''
    const brokerLines = output
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, LAST_MAVEN_LINES)
    throw new EmbeddedKafkaError(
      'DOWNLOAD_FAILED',
      [
        `Maven could not fetch Apache Kafka ${pom.version}; check the network and Maven's settings, then start again:`,
        ...brokerLines,
      ].join('\n  '),
      { cause, brokerLines },
    )
  }
}
