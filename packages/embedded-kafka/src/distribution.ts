import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedKafkaError } from './errors.ts'
import { cachedLibraries, downloadLibraries, readPom } from './maven.ts'
import type { ResolvedOptions } from './options.ts'
import { findOnPath } from './search-path.ts'

/** An Apache Kafka to run. */
export interface Distribution {
  readonly version: string
  readonly source: 'maven' | 'KAFKA_HOME'
  /** Absolute paths of the jars in a fixed order, as a class-data archive demands. */
  readonly classPath: readonly string[]
  /** Differs when the jars differ. */
  readonly fingerprint: string
}

type Where = Pick<ResolvedOptions, 'environment' | 'cacheDir' | 'pomFile' | 'onProgress'>

/** The Kafka of KAFKA_HOME if that is set, else the one that the pom names, fetched by Maven if it is not in the cache yet. */
export async function findDistribution(where: Where): Promise<Distribution> {
  const home = where.environment.KAFKA_HOME
  if (home !== undefined && home !== '') return distributionOf(join(home, 'libs'), 'KAFKA_HOME')
  const pom = await readPom(where.pomFile)
  const libraries =
    (await cachedLibraries(pom, where.cacheDir)) ?? (await downloadLibraries(pom, await findMaven(where), where))
  return distributionOf(libraries, 'maven')
}

/** What findDistribution would use, without fetching anything; throws like it if something has to be installed first. */
export async function checkDistribution(where: Where): Promise<'maven' | 'KAFKA_HOME'> {
  const home = where.environment.KAFKA_HOME
  if (home !== undefined && home !== '') return (await distributionOf(join(home, 'libs'), 'KAFKA_HOME')).source
  const pom = await readPom(where.pomFile)
  if ((await cachedLibraries(pom, where.cacheDir)) === undefined) await findMaven(where)
  return 'maven'
}

async function findMaven(where: Where): Promise<string> {
  const maven = await findOnPath('mvn', where.environment)
  if (maven !== undefined) return maven
  throw new EmbeddedKafkaError(
    'MAVEN_MISSING',
    'Maven was not found, and it fetches Apache Kafka on the first start: install it (for example: apt install maven, or brew install maven), or set KAFKA_HOME to an unpacked Kafka distribution.',
  )
}

async function distributionOf(directory: string, source: 'maven' | 'KAFKA_HOME'): Promise<Distribution> {
  const files = await readdir(directory).catch(() => [])
  const jars = files.filter((file) => file.endsWith('.jar')).sort()
  const version = jars
    .map((jar) => /^kafka_2\.\d+-(\d[\w.-]*)\.jar$/.exec(jar)?.[1])
    .find((found) => found !== undefined)
  if (version === undefined) {
    throw new EmbeddedKafkaError(
      'KAFKA_HOME_INVALID',
      `${directory} holds no Apache Kafka (no kafka_2.13-<version>.jar): point KAFKA_HOME at an unpacked distribution, or unset it to let Maven fetch one.`,
    )
  }
  const classPath = jars.map((jar) => join(directory, jar))
  // What the virtual machine compares before it trusts a class-data archive.
  const identities = await Promise.all(
    classPath.map(async (jar) => [jar, (await stat(jar)).size, (await stat(jar)).mtimeMs]),
  )
  const fingerprint = createHash('sha256').update(JSON.stringify(identities)).digest('hex').slice(0, 12)
  return { version, source, classPath, fingerprint }
}
