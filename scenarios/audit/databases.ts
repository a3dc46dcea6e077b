import pg from 'pg'

/** Whose books are audited; each has a database of its own. */
export const BOOKKEEPERS = ['cart', 'order', 'payment', 'gateway', 'dispatch', 'delivery'] as const
export type Bookkeeper = (typeof BOOKKEEPERS)[number]

/** Connection string by bookkeeper. */
export type AuditedDatabases = Readonly<Record<Bookkeeper, string>>

/** The databases as one server has them, under the names of the bookkeepers. */
export const databasesOn = (url: (database: string) => string): AuditedDatabases =>
  Object.fromEntries(BOOKKEEPERS.map((name) => [name, url(name)])) as AuditedDatabases

export type Read = <R extends object>(text: string) => Promise<readonly R[]>

/** Reads in one snapshot of the database, which stays as it is. */
export const reading = async <T>(url: string, work: (read: Read) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, application_name: 'audit' })
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    return await work(async <R extends object>(text: string) => (await client.query<R>(text)).rows)
  } finally {
    await client.end()
  }
}
