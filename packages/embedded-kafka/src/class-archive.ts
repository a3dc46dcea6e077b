import { createHash } from 'node:crypto'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@stocker/server-process'
import { launchBroker } from './broker-process.ts'
import { makeOnce } from './cache-draft.ts'
import type { Distribution } from './distribution.ts'
import { EmbeddedKafkaError } from './errors.ts'
import type { Java } from './java.ts'
import type { JvmCommand } from './jvm.ts'
import { collectorOf, jvmCommand } from './jvm.ts'
import type { ResolvedOptions } from './options.ts'

// Writing the archive is the last thing the virtual machine does; it takes 6 s on two cores.
const WRITES_AT_EXIT = [{ signal: 'SIGTERM', waitMs: 120_000 }] as const

/**
 * Runs `work` on a virtual machine that reads the class-data archive, which saves 40 % of a start (1.8 s of processor time, not 3.1). If Java itself fails,
 * runs it once more without the archive, and drops the archive if that was the cause: it only saves time and may never keep a
 * broker from starting.
 */
export async function runWithArchive<T>(
  options: ResolvedOptions,
  java: Java,
  distribution: Distribution,
  work: (jvm: JvmCommand) => Promise<T>,
): Promise<T> {
  const archive = await ensureArchive(options, java, distribution)
  try {
    return await work(jvmCommand(java, distribution, options, archive))
  } catch (error) {
    if (archive === undefined || !(error instanceof EmbeddedKafkaError) || error.code !== 'JVM_FAILED') throw error
    const result = await work(jvmCommand(java, distribution, options))
    await rm(archive, { force: true })
    return result
  }
}

/** An archive fits one virtual machine, one set of jars at one place, and one set of options of Java. */
function archiveFile(options: ResolvedOptions, java: Java, distribution: Distribution): string {
  const key = createHash('sha256')
    .update(JSON.stringify([java, distribution.fingerprint, collectorOf(options.jvmOptions), options.jvmOptions]))
    .digest('hex')
    .slice(0, 12)
  return join(options.cacheDir, `classes-${distribution.version}-${key}.jsa`)
}

/** This Java will never write one. */
class UnsupportedArchive extends Error {}

/**
 * Builds the archive if it is not there; of several at the same time one does it. Undefined if it cannot be built, which is noted
 * in the cache if the next attempt would end the same way: an attempt takes longer than the archive saves.
 */
async function ensureArchive(
  options: ResolvedOptions,
  java: Java,
  distribution: Distribution,
): Promise<string | undefined> {
  const file = archiveFile(options, java, distribution)
  const failed = `${file}.failed`
  if (await exists(file)) return file
  if (await exists(failed)) return undefined
  try {
    await makeOnce(
      file,
      () => exists(file),
      (draft) => buildArchive(draft, options, java, distribution),
    )
    return file
  } catch (error) {
    const final =
      error instanceof UnsupportedArchive || (error instanceof EmbeddedKafkaError && error.code === 'JVM_FAILED')
    if (final) await writeFile(failed, error.message).catch(() => undefined)
    return undefined
  }
}

/** A short run of a broker on an empty directory: at its end the virtual machine writes down the classes that it had loaded. */
async function buildArchive(
  file: string,
  options: ResolvedOptions,
  java: Java,
  distribution: Distribution,
): Promise<void> {
  options.onProgress('preparing faster starts of Apache Kafka (once)')
  const dataDir = await mkdtemp(join(tmpdir(), 'stocker-kafka-classes-'))
  try {
    const host = '127.0.0.1'
    const trial = { ...options, dataDir, host, brokerProperties: {}, logFile: join(dataDir, 'broker.log') }
    const jvm = jvmCommand(java, distribution, trial)
    const recording = { ...jvm, args: [...jvm.args, `-XX:ArchiveClassesAtExit=${file}`] }
    const ports = { client: await freePort(host), controller: await freePort(host) }
    const server = await launchBroker(trial, ports, recording, async () => undefined, WRITES_AT_EXIT)
    const exit = await server.stop()
    if (exit.signal === 'SIGKILL')
      throw new Error(`Java did not finish the class-data archive within ${WRITES_AT_EXIT[0].waitMs} ms`)
    if (!(await exists(file))) throw new UnsupportedArchive('Java ended without writing a class-data archive')
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
