import { Pool } from 'pg'

/** Gives work a database of its own, which is dropped afterwards. */
export const withOwnDatabase = async <T>(
  postgresUrl: string,
  name: string,
  work: (url: string, pool: Pool) => Promise<T>,
): Promise<T> => {
  const admin = new Pool({ connectionString: postgresUrl, max: 1 })
  const database = `bench_${name}_${process.pid}`
  await admin.query(`drop database if exists ${database}`)
  await admin.query(`create database ${database}`)
  const url = new URL(postgresUrl)
  url.pathname = database
  const pool = new Pool({ connectionString: url.href })
  // Dropping the database may catch a connection on its way out.
  pool.on('error', () => {})
  try {
    return await work(url.href, pool)
  } finally {
    await pool.end()
    await admin.query(`drop database ${database} with (force)`)
    await admin.end()
  }
}
