import { randomUUIDv7 } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import type { EventStore, EventStoreOptions, InboxMessage } from '../src/index.ts'
import { createEventStore, migrations } from '../src/index.ts'
import { account, savings } from './bank.ts'

export interface TestKernel {
  readonly pool: Pool
  readonly url: string
  /** Another process, as far as the database can tell: nothing is shared in memory. */
  store(options?: Partial<EventStoreOptions>): EventStore
  rows<R extends object>(sql: string, values?: unknown[]): Promise<R[]>
}

/** A database of its own with the kernel's tables. Everything is closed and dropped after the tests of the file. */
export async function testKernel(): Promise<TestKernel> {
  const database = await createTestDatabase()
  const pool = new Pool({ connectionString: database.url, max: 4 })
  pool.on('error', () => {})
  const stores: EventStore[] = []
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await pool.end()
    await database.drop()
  })
  for (const { up } of migrations) await pool.query(up)
  return {
    pool,
    url: database.url,
    store(options) {
      const store = createEventStore({ pool, aggregates: [account, savings], ...options })
      stores.push(store)
      return store
    },
    async rows(sql, values = []) {
      return (await pool.query(sql, values)).rows
    },
  }
}

export const newId = (): string => randomUUIDv7()

let offset = 0n

export function message(type: string, key: string | null, data: object = {}, id: string = newId()): InboxMessage {
  offset += 1n
  return { id, type, key, data, correlationId: key ?? id, source: { topic: 'bank', partition: 0, offset } }
}
