import { readFile } from 'node:fs/promises'
import { EmbeddedPostgresError } from './errors.ts'

export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const CANDIDATES = ['postgres', 'nobody']

/**
 * PostgreSQL refuses to run as root. Then it runs as the system's user `postgres`, else as `nobody`: no account is created for it.
 * Undefined for anybody else, who runs it under their own name.
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))
  for (const candidate of CANDIDATES) {
    const [name, , uid, gid] = accounts.find((fields) => fields[0] === candidate) ?? []
    if (name !== undefined && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new EmbeddedPostgresError(
    'USER_MISSING',
    'PostgreSQL does not run as root, and this system has neither a user postgres nor nobody: add one (useradd --system postgres), or start as another user',
  )
}
