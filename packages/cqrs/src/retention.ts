import type { Logger } from './logger.ts'
import type { Connections } from './postgres/connections.ts'
import { toCqrsError } from './postgres/failure.ts'

const FIRST_RUN_MS = 60_000
const INTERVAL_MS = 600_000
/** Rows per statement, so that none is a long transaction. */
const CHUNK = 5_000

const TABLES = [
  { table: 'inbox', time: 'handled_at' },
  { table: 'accepted_commands', time: 'accepted_at' },
] as const

/** Forgets message ids and idempotency keys that are older than `retentionMs`; the BRIN indexes show where they lie. */
export function startRetention(parts: {
  readonly connections: Connections
  readonly retentionMs: number
  readonly logger: Logger
}): () => void {
  const { connections, retentionMs, logger } = parts
  let stopped = false

  const run = async (): Promise<void> => {
    try {
      for (const { table, time } of TABLES) {
        while (!stopped && (await forget(connections, table, time, retentionMs)) === CHUNK);
      }
    } catch (error) {
      if (!stopped) logger.warn({ error: toCqrsError(error, 'deleting old rows').message }, 'Old rows were not deleted')
    }
    if (!stopped) timer = setTimeout(run, INTERVAL_MS).unref()
  }
  let timer = setTimeout(run, FIRST_RUN_MS).unref()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

export async function forget(
  connections: Connections,
  table: string,
  time: string,
  retentionMs: number,
): Promise<number> {
  const [rows = []] = await connections.transact([
    {
      text: `
        with gone as (
          delete from ${table} where ctid = any (array(
            select ctid from ${table} where ${time} < now() - make_interval(secs => $1) limit ${CHUNK}
          )) returning 1
        ) select count(*) from gone`,
      values: [retentionMs / 1000],
    },
  ])
  return Number(rows[0]?.[0] ?? 0)
}
