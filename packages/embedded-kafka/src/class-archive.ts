import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, withDirectoryLock } from '@stocker/server-process'
import { launchBroker, writeBrokerProperties } from './broker-process.ts'
import type { Distribution } from './distribution.ts'
import { formatOnce } from './format.ts'
import type { Java } from './java.ts'
import { collectorOf, jvmCommand } from './jvm.ts'
import type { ResolvedOptions } from './options.ts'

type Where = Pick<ResolvedOptions, 'cacheDir' | 'jvmOptions'>

/** A class-data archive fits one virtual machine, one set of jars at one place, and one collector. */
export function archiveFile(where: Where, java: Java, distribution: Distribution): string {
  const key = createHash('sha256')
    .update([java.program, java.version, collectorOf(where.jvmOptions), distribution.fingerprint].join('\n'))
    .digest('hex')
    .slice(0, 12)
  return join(where.cacheDir, `classes-${distribution.version}-${key}.jsa`)
}

/**
 * The archive of the classes that a broker loads while it starts, built once by a short run of a broker on an empty directory.
 * Undefined if it cannot be built: it only saves time, and nothing that goes wrong here may keep a broker from starting.
 */
export async function ensureClassArchive(
  options: ResolvedOptions,
  java: Java,
  distribution: Distribution,
): Promise<string | undefined> {
  const file = archiveFile(options, java, distribution)
  try {
    if (await exists(file)) return file
    await mkdir(options.cacheDir, { recursive: true })
    return await withDirectoryLock(`${file}.lock`, async () => {
      if (await exists(file)) return file
      options.onProgress('preparing faster starts (once)')
      await buildArchive(file, options, java, distribution)
      return (await exists(file)) ? file : undefined
    })
  } catch {
    return undefined
  }
}

async function buildArchive(file: string, options: ResolvedOptions, java: Java, distribution: Distribution) {
  const dataDir = await mkdtemp(join(tmpdir(), 'stocker-kafka-classes-'))
  const draft = `${file}.${randomUUID()}`
  try {
    const trial = { ...options, dataDir, host: '127.0.0.1', brokerProperties: {}, logFile: join(dataDir, 'broker.log') }
    const jvm = jvmCommand(java, distribution, trial)
    const ports = { client: await freePort(trial.host), controller: await freePort(trial.host) }
    const clusterId = await formatOnce(dataDir, await writeBrokerProperties(trial, ports), jvm)
    const recording = { ...jvm, args: [`-XX:ArchiveClassesAtExit=${draft}`, ...jvm.args] }
    const server = await launchBroker(trial, ports, recording, clusterId)
    await server.stop()
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
