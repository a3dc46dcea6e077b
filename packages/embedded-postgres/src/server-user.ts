import { readFile, stat } from 'node:fs/promises'
import { EmbeddedPostgresError } from './errors.ts'

export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

const CANDIDATES = ['postgres', 'nobody']

/**
 * PostgreSQL refuses to run as root. It then runs as the owner of the cluster if there is one already, else as the system's user
 * `postgres`, else as `nobody`: no account is created for it. Undefined for anybody else, who runs it under their own name.
 */
export async function findServerUser(cluster: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(cluster).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = accounts.find(([name]) => name === candidate) ?? []
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new EmbeddedPostgresError(
    'USER_MISSING',
    'PostgreSQL does not run as root, and this system has neither a user postgres nor nobody: add one (useradd --system postgres), or start as another user',
  )
}
