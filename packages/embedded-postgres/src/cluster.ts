import { execFile } from 'node:child_process'
import { access, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { ServerUser } from './server-user.ts'

const run = promisify(execFile)

/** PostgreSQL's own data directory. */
export function clusterDir(dataDir: string): string {
  return join(dataDir, 'cluster')
}

/** Sets the cluster up unless that has been done. It gets its name only when it is complete: an interrupted setup is begun anew. */
export async function initOnce(
  options: ResolvedOptions,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<void> {
  const cluster = clusterDir(options.dataDir)
  if (await exists(join(cluster, 'PG_VERSION'))) return checkVersion(cluster)
  const draft = `${cluster}.new`
  const passwordFile = join(options.dataDir, 'password.new')
  await mkdir(options.dataDir, { recursive: true })
  await rm(draft, { recursive: true, force: true })
  try {
    await writeFile(passwordFile, options.password, { mode: 0o600 })
    if (user !== undefined) {
      await chown(options.dataDir, user.uid, user.gid)
      await chown(passwordFile, user.uid, user.gid)
    }
    const initdb = [
      `--pgdata=${draft}`,
      `--username=${options.user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorts by code point, like C, and knows upper and lower case of all letters. Needs nothing of the system's locales.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
    ]
    await run(binaries.initdb, initdb, {
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
      ...(user && { uid: user.uid, gid: user.gid }),
    })
    await rename(draft, cluster)
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    const serverLines = `${stdout}\n${stderr}`
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-10)
    throw new EmbeddedPostgresError(
      'INIT_FAILED',
      [`initdb could not set up ${cluster}:`, ...serverLines].join('\n  '),
      { cause, serverLines },
    )
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

const MAJOR_VERSION = '18'

async function checkVersion(cluster: string): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version === MAJOR_VERSION) return
  throw new EmbeddedPostgresError(
    'VERSION_MISMATCH',
    `${cluster} was made by PostgreSQL ${version}, and this is ${MAJOR_VERSION}: dump and load it, or start on a new dataDir`,
  )
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
