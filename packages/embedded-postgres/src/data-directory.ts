import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedPostgresError } from './errors.ts'
import type { ServerUser } from './server-user.ts'

const run = promisify(execFile)

/** Where a server that root starts keeps what its own user must be able to reach. */
export const PUBLIC_DIR = '/var/lib/stocker'

const RELOCATED = join(PUBLIC_DIR, 'postgres')
const ORIGIN = 'data-dir'

/** The name of PostgreSQL's own data directory in its home. */
export const CLUSTER = 'cluster'

/**
 * The directory that holds, or will hold, the cluster: dataDir itself, unless it lies where the server's user cannot go. Root keeps
 * projects in its home, which nobody else may enter; then the cluster stands elsewhere, below /var/lib or, if dataDir is a temporary
 * directory, in another temporary one, and a symbolic link in dataDir leads to it. Removing dataDir removes the link; a new start on
 * the same dataDir is then a fresh one, and removes what the link had led to.
 */
export async function clusterHome(dataDir: string, user: ServerUser | undefined): Promise<string> {
  await mkdir(dataDir, { recursive: true })
  if (user === undefined) return realpath(dataDir)
  const link = join(dataDir, CLUSTER)
  const target = await readlink(link).catch(() => undefined)
  if (target !== undefined && (await isDirectory(dirname(target)))) return dirname(target)
  await allowPassage(dataDir)
  if (await canEnter(user, dataDir)) return realpath(dataDir)
  if (await isDirectory(link)) throw outOfReach(dataDir)
  const home = await makeReachableHome(dataDir)
  await rm(link, { force: true })
  await symlink(join(home, CLUSTER), link)
  return home
}

async function makeReachableHome(dataDir: string): Promise<string> {
  if (dataDir.startsWith(`${tmpdir()}/`)) {
    const home = await mkdtemp(join(tmpdir(), 'stocker-postgres-'))
    await allowPassage(home)
    return home
  }
  for (const entry of await readdir(RELOCATED).catch(() => [])) {
    const origin = await readFile(join(RELOCATED, entry, ORIGIN), 'utf8').catch(() => undefined)
    if (origin === dataDir) await rm(join(RELOCATED, entry), { recursive: true, force: true })
  }
  const home = join(RELOCATED, randomUUID())
  await mkdir(home, { recursive: true })
  await writeFile(join(home, ORIGIN), dataDir)
  return home
}

function outOfReach(dataDir: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'DATA_DIR_UNUSABLE',
    `${join(dataDir, CLUSTER)} has come to stand where its owner cannot go: move it to a directory that is open to others (chmod o+x), or start on a new dataDir`,
  )
}

/** Others may pass through dataDir, not list it: temporary directories are closed to all but their maker. */
async function allowPassage(directory: string): Promise<void> {
  const { mode } = await stat(directory)
  if ((mode & 0o001) === 0) await chmod(directory, mode | 0o001)
}

async function canEnter(user: ServerUser, directory: string): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { cwd: '/', uid: user.uid, gid: user.gid }).then(
    () => true,
    () => false,
  )
}

async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
