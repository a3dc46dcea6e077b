import pg from 'pg'

/** Runs one statement on a connection of its own; its rows. */
export async function sql<R extends pg.QueryResultRow>(url: string, statement: string): Promise<readonly R[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<R>(statement)).rows
  } finally {
    await client.end()
  }
}

/** The value of a setting of the server. */
export async function setting(url: string, name: string): Promise<string | undefined> {
  const [row] = await sql<{ value: string }>(url, `select current_setting('${name}') as value`)
  return row?.value
}
