import type { Pool, PoolClient } from 'pg'

/** Does the work in a transaction of a connection of its own. What the work throws is thrown on, and nothing of it is kept. */
export const inTransaction = async <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error))
    throw failure
  } finally {
    // A connection that failed is thrown away, and its transaction with it.
    client.release(failure)
  }
}
