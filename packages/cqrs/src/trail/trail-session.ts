import type { Client, Pool, PoolClient } from 'pg'
import { toCqrsError } from '../postgres/failure.ts'
import type { Row } from '../postgres/pipeline.ts'
import { ConnectionFailure } from '../postgres/pipeline.ts'
import { Session } from '../postgres/session.ts'
import type { SqlStatement } from '../sql-statement.ts'

/** How long reading a trail may take: it is for people who wait, and must not burden the service whose database it is. Milliseconds. */
export const TRAIL_TIMEOUT_MS = 3_000

/** For this one transaction; the connection goes back to the pool as it was. Plans by index only, as in the kernel's own connections. */
const SETTINGS: Readonly<Record<string, string>> = {
  transaction_read_only: 'on',
  statement_timeout: String(TRAIL_TIMEOUT_MS),
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
}

const APPLY_SETTINGS: SqlStatement = {
  text: 'select set_config(name, setting, true) from unnest($1::text[], $2::text[]) as wanted (name, setting)',
  values: [Object.keys(SETTINGS), Object.values(SETTINGS)],
}

const sessions = new WeakMap<object, Session>()

function sessionOf(client: PoolClient): Session {
  const session = new Session(client as unknown as Client, TRAIL_TIMEOUT_MS * 2)
  sessions.set(client, session)
  // The statement that is under way hears of it; nobody else has to, and unheard it would end the process.
  client.on('error', () => {})
  return session
}

/** Reads in one read-only transaction and one round trip (the first time on a connection: two). Throws CqrsError. */
export async function readOnce(
  pool: Pool,
  doing: string,
  statements: readonly SqlStatement[],
): Promise<readonly (readonly Row[])[]> {
  try {
    const client = await pool.connect().catch((error: unknown) => {
      throw new ConnectionFailure(error)
    })
    const session = sessions.get(client) ?? sessionOf(client)
    try {
      const [, ...results] = await session.run([APPLY_SETTINGS, ...statements])
      client.release()
      return results
    } catch (error) {
      client.release(error instanceof ConnectionFailure)
      throw error
    }
  } catch (error) {
    throw toCqrsError(error, doing)
  }
}
