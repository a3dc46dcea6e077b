import type { Pool, PoolClient } from 'pg'

export type Sql = Pick<PoolClient, 'query'>

/** Deadlock, serialization failure: two who changed the same dead letters; the same again succeeds. */
const CONFLICTS: ReadonlySet<unknown> = new Set(['40P01', '40001'])
const MAX_ATTEMPTS = 4

export async function inTransaction<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work)
    } catch (error) {
      const conflict = CONFLICTS.has((error as { readonly code?: unknown }).code)
      if (!conflict || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function once<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}
