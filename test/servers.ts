import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import pg from 'pg'
import { inject } from 'vitest'

/** `host:port` of the run's broker. */
export function kafkaBootstrap(): string {
  return inject('kafka')
}

/** A topic name that no other test has; not created. */
export function testTopic(name: string): string {
  return `${unique()}-${name}`
}

export interface TestDatabase {
  readonly url: string
  /** Disconnects whoever still uses it. */
  drop(): Promise<void>
}

/** An empty database of its own on the run's PostgreSQL. The caller drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${unique()}`
  await asSuperuser((client) => client.query(`create database ${name}`))
  const url = new URL(inject('postgres'))
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () =>
      asSuperuser(async (client) => {
        const others = () => client.query('select 1 from pg_stat_activity where datname = $1', [name])
        // A connection that is just being closed would take its being cut off for a failure, which nobody awaits any more.
        await waitFor(async () => (await others()).rowCount === 0, { what: 'the last', timeoutMs: CLOSING_MS }).catch(
          () => {},
        )
        await client.query(`drop database if exists ${name} with (force)`)
      }),
  }
}

async function asSuperuser(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgres') })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function unique(): string {
  return randomBytes(5).toString('hex')
}

const POLL_MS = 20
const CLOSING_MS = 1_000
/** What is awaited for so long does not come: far longer than it takes where other runs keep the machine busy. */
const WAIT_MS = 60_000

/**
 * The first value of `condition` that is neither null, undefined nor false. An exception counts as "not yet".
 * @throws Error that says `what` was awaited and what the condition gave last
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = WAIT_MS, what }: { readonly timeoutMs?: number; readonly what: string },
): Promise<Exclude<NonNullable<T>, false>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  do {
    try {
      const value = await condition()
      if (value !== null && value !== undefined && value !== false) return value as Exclude<NonNullable<T>, false>
      last = value
    } catch (error) {
      last = error
    }
    await delay(POLL_MS)
  } while (Date.now() < deadline)
  throw new Error(`waited ${timeoutMs} ms in vain for: ${what}; last: ${inspect(last, { depth: 4 })}`)
}
