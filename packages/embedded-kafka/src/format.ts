import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { recordsDir } from './broker-properties.ts'
import { EmbeddedKafkaError } from './errors.ts'
import type { JvmCommand } from './jvm.ts'
import { usefulLines, virtualMachineFailed } from './useful-lines.ts'

const run = promisify(execFile)
const FORMAT_TIMEOUT_MS = 60_000

interface FailedRun {
  readonly stdout?: string
  readonly stderr?: string
  readonly signal?: NodeJS.Signals | null
}

/** The cluster's id, which the format tool wrote last; undefined as long as the directory is not formatted. */
async function readClusterId(dataDir: string): Promise<string | undefined> {
  const meta = await readFile(join(recordsDir(dataDir), 'meta.properties'), 'utf8').catch(() => '')
  return /^cluster\.id=(.+)$/m.exec(meta)?.[1]?.trim()
}

/** Formats the directory unless that has been done; returns the cluster's id. `propertiesFile` is the broker's own. */
export async function formatOnce(dataDir: string, propertiesFile: string, jvm: JvmCommand): Promise<string> {
  const existing = await readClusterId(dataDir)
  if (existing !== undefined) return existing
  await mkdir(recordsDir(dataDir), { recursive: true })
  // What an interrupted formatting left behind. Without meta.properties no broker ever wrote here.
  await rm(join(recordsDir(dataDir), 'bootstrap.checkpoint'), { force: true })
  const clusterId = newClusterId()
  const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', propertiesFile]
  try {
    await run(jvm.program, [...jvm.args, ...format], {
      cwd: dataDir,
      env: { ...jvm.environment },
      timeout: FORMAT_TIMEOUT_MS,
    })
  } catch (cause) {
    throw formatFailure(dataDir, cause as FailedRun)
  }
  return clusterId
}

function formatFailure(dataDir: string, cause: FailedRun): EmbeddedKafkaError {
  const lines = `${cause.stdout ?? ''}\n${cause.stderr ?? ''}`.split('\n')
  const brokerLines = usefulLines(lines)
  const [code, what] = virtualMachineFailed(cause.signal, lines)
    ? (['JVM_FAILED', 'Java could not run the format tool of Apache Kafka'] as const)
    : (['FORMAT_FAILED', `Apache Kafka could not format ${recordsDir(dataDir)}`] as const)
  return new EmbeddedKafkaError(code, [`${what}:`, ...brokerLines].join('\n  '), { cause, brokerLines })
}

/** Kafka's form of a UUID. One that begins with a dash would be taken for an option by its command lines. */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url')
    if (!id.startsWith('-')) return id
  }
}
