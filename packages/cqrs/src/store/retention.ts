import type { Logger } from '../logger.ts'
import type { Connections } from '../postgres/connections.ts'
import { toCqrsError } from '../postgres/failure.ts'
import type { SqlStatement } from '../sql-statement.ts'

const FIRST_RUN_MS = 60_000
const INTERVAL_MS = 600_000
/** Rows per statement, so that none is a long transaction. */
const CHUNK = 5_000

const TABLES = [
  { table: 'inbox', time: 'handled_at', now: 'now()' },
  { table: 'accepted_commands', time: 'accepted_at', now: 'now()' },
  { table: 'sagas', time: 'ended_at', now: '$2' },
  { table: 'handling_attempts', time: 'at', now: '$2' },
] as const

/** Notes of attempts that are kept at most: what fails for days, or is read again from the start, must not fill the disk. */
const MAX_ATTEMPTS = 200_000

const SURPLUS_ATTEMPTS = `
  with gone as (
    delete from handling_attempts where number in (
      select number from handling_attempts
      where number <= (select max(number) from handling_attempts) - $1::bigint order by number limit ${CHUNK}
    ) returning 1
  ) select count(*) from gone`

/**
 * Forgets message ids, idempotency keys, notes of attempts and sagas that ended, when that is longer ago than `retentionMs`; the indexes show where they
 * lie. `now` is the store's: its clock said when a saga ended.
 */
export async function forgetOld(connections: Connections, retentionMs: number, now: Date): Promise<number> {
  let forgotten = 0
  for (const { table, time, now: base } of TABLES) {
    const statement = {
      text: `
        with gone as (
          delete from ${table} where ctid = any (array(
            select ctid from ${table} where ${time} < ${base}::timestamptz - make_interval(secs => $1) limit ${CHUNK}
          )) returning 1
        ) select count(*) from gone`,
      values: base === '$2' ? [retentionMs / 1000, now] : [retentionMs / 1000],
    }
    forgotten += await deleteInChunks(connections, statement)
  }
  return forgotten + (await deleteInChunks(connections, { text: SURPLUS_ATTEMPTS, values: [MAX_ATTEMPTS] }))
}

async function deleteInChunks(connections: Connections, statement: SqlStatement): Promise<number> {
  let deleted = 0
  for (let count = CHUNK; count === CHUNK; deleted += count) {
    const [rows = []] = await connections.read('deleting old rows', statement)
    count = Number(rows[0]?.[0] ?? 0)
  }
  return deleted
}

/** Does so now and then; returns the function that ends it. */
export function startRetention(parts: {
  readonly connections: Connections
  readonly retentionMs: number
  readonly clock: () => Date
  readonly logger: Logger
}): () => void {
  const { connections, retentionMs, clock, logger } = parts
  const run = async (): Promise<void> => {
    try {
      await forgetOld(connections, retentionMs, clock())
    } catch (error) {
      if (!connections.closed)
        logger.warn({ error: toCqrsError(error, 'deleting old rows').message }, 'Old rows were not deleted')
    }
    if (!connections.closed) timer = setTimeout(run, INTERVAL_MS).unref()
  }
  let timer = setTimeout(run, FIRST_RUN_MS).unref()
  return () => clearTimeout(timer)
}
