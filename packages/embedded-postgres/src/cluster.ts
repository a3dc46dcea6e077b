import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { CLUSTER, clusterHome } from './data-directory.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { ServerUser } from './server-user.ts'

const run = promisify(execFile)
const MAJOR_VERSION = '18'
const LAST_LINES = 10

/** Sets the cluster up unless that has been done; returns its directory. It gets its name only when it is complete. */
export async function initOnce(
  options: ResolvedOptions,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<string> {
  const home = await clusterHome(options.dataDir, user)
  const cluster = join(home, CLUSTER)
  if (await exists(cluster)) {
    await checkVersion(cluster)
    return cluster
  }
  const draft = join(home, `${CLUSTER}.new`)
  const passwordFile = join(home, 'password.new')
  try {
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { mode: 0o700 })
    await writeFile(passwordFile, options.password, { mode: 0o600 })
    if (user !== undefined) await Promise.all([draft, passwordFile].map((path) => chown(path, user.uid, user.gid)))
    await run(binaries.initdb, initdbArguments(options, draft, passwordFile), {
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
      ...user,
    })
    await rename(draft, cluster)
    return cluster
  } catch (cause) {
    const { stdout = '', stderr = '', message } = cause as { stdout?: string; stderr?: string; message: string }
    const output = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
    const serverLines = (output.length === 0 ? [message] : output).slice(-LAST_LINES)
    const text = [`PostgreSQL could not set up ${cluster}:`, ...serverLines].join('\n  ')
    throw new EmbeddedPostgresError('INIT_FAILED', text, { cause, serverLines })
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

function initdbArguments(options: ResolvedOptions, directory: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${options.user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts by code point, as C does, knows upper and lower case of all letters, and needs nothing of the system's locales.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(options.settings.fsync === 'off' ? ['--no-sync'] : []),
  ]
}

async function checkVersion(cluster: string): Promise<void> {
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((cause: Error) => {
    throw new EmbeddedPostgresError(
      'DATA_DIR_UNUSABLE',
      `${cluster} cannot be read (${cause.message}): start as the user who set it up, or give this server a dataDir of its own`,
      { cause },
    )
  })
  if (version.trim() === MAJOR_VERSION) return
  throw new EmbeddedPostgresError(
    'VERSION_MISMATCH',
    `${cluster} was made by PostgreSQL ${version.trim()}, and this is ${MAJOR_VERSION}: dump and load it, or start on a new dataDir`,
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
