import pg from 'pg'
import { EmbeddedPostgresError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'

const CONNECT_TIMEOUT_MS = 2_000
const LOGIN_REFUSED = new Set(['28P01', '28000'])
const DUPLICATE_DATABASE = '42P04'

type Login = Pick<ResolvedOptions, 'host' | 'user' | 'password'>

export function connectionString(login: Login, port: number, database: string): string {
  const user = encodeURIComponent(login.user)
  const password = encodeURIComponent(login.password)
  return `postgres://${user}:${password}@${login.host}:${port}/${encodeURIComponent(database)}`
}

/**
 * Whether the server of this cluster accepts connections; a stranger on the port would not be taken for it.
 * @throws EmbeddedPostgresError LOGIN_REFUSED
 */
export async function isReady(login: Login, port: number, cluster: string): Promise<boolean> {
  try {
    return await asSuperuser(login, port, async (client) => {
      const { rows } = await client.query<{ at: string }>(`select current_setting('data_directory') as at`)
      return rows[0]?.at === cluster
    })
  } catch (error) {
    if (!LOGIN_REFUSED.has((error as { code?: string }).code ?? '')) return false
    throw new EmbeddedPostgresError(
      'LOGIN_REFUSED',
      `PostgreSQL refuses user ${login.user} with this password: ${cluster} was set up with others; use those, or start on a new dataDir`,
      { cause: error },
    )
  }
}

export async function createDatabaseOnce(login: Login, port: number, name: string): Promise<void> {
  await asSuperuser(login, port, async (client) => {
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}`)
    } catch (error) {
      if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error
    }
  })
}

async function asSuperuser<T>(login: Login, port: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: connectionString(login, port, 'postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // A server that ends at this moment is reported by the query that it cuts off.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
