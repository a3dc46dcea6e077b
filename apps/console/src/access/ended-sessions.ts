import { setTimeout as delay } from 'node:timers/promises'
import type { BackgroundWork, Logger, Migration } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { Session } from './sessions.ts'

export type Ended = Pick<Session, 'id' | 'expiresAt'>

/** Logins that were ended before their time: a copy of the cookie opens nothing any more. */
export interface EndedSessions extends BackgroundWork {
  /** Counts here at once; at other instances, and after a restart, when the database has it. Never rejects. */
  end(session: Ended): Promise<void>
  has(id: string): boolean
  /** Reads what has been ended so far: to be done before the first request. Never rejects. */
  load(): Promise<void>
  /** Called with the id of each login that is ended, here or elsewhere. */
  onEnded(listener: (id: string) => void): void
}

export interface EndedSessionsParts {
  /** The console's own database. */
  readonly pool: Pool
  readonly logger: Logger
  readonly now: () => number
  /** How often is read what other instances have ended. Milliseconds, default 10,000. */
  readonly intervalMs?: number
}

export const endedSessionsMigration: Migration = {
  name: 'console-0003-ended-sessions',
  up: `create table ended_sessions (id text collate "C" primary key, expires_at timestamptz not null)`,
}

const WRITE = `
  insert into ended_sessions (id, expires_at) select id, to_timestamp(ms / 1000.0) from unnest($1::text[], $2::float8[]) as ended (id, ms)
  on conflict do nothing`
/** A database that hangs keeps nobody from logging out. */
const PATIENCE_MS = 2_000
/** What has run out by itself need not be known. */
const READ = `
  with forgotten as (delete from ended_sessions where expires_at < to_timestamp($1::float8 / 1000))
  select id, extract(epoch from expires_at) * 1000 as ms from ended_sessions`

/** While the database is away the console goes on with what it knows, and writes down later what was ended meanwhile. */
export function createEndedSessions({ pool, logger, now, intervalMs = 10_000 }: EndedSessionsParts): EndedSessions {
  const ended = new Map<string, number>()
  const listeners: ((id: string) => void)[] = []
  const unwritten = new Map<string, Ended>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let away = false

  const add = ({ id, expiresAt }: Ended): void => {
    if (ended.has(id)) return
    ended.set(id, expiresAt)
    for (const listener of listeners) listener(id)
  }

  const exchange = async (): Promise<void> => {
    try {
      const mine = [...unwritten.values()]
      if (mine.length > 0) await pool.query(WRITE, [mine.map(({ id }) => id), mine.map(({ expiresAt }) => expiresAt)])
      for (const { id } of mine) unwritten.delete(id)
      const { rows } = await pool.query<{ id: string; ms: string }>(READ, [now()])
      for (const { id, ms } of rows) add({ id, expiresAt: Number(ms) })
      for (const [id, expiresAt] of ended) if (expiresAt < now()) ended.delete(id)
      away = false
    } catch (error) {
      if (!away)
        logger.warn({ err: error }, 'ended logins are not exchanged with the database at the moment; trying on')
      away = true
    }
  }
  const look = (): Promise<void> => {
    looking ??= exchange().finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    load: look,
    onEnded: (listener) => void listeners.push(listener),
    start: () => {
      timer = setInterval(() => void look(), intervalMs)
      timer.unref()
    },
    stop: async () => {
      clearInterval(timer)
      await looking
    },
    end: async (session) => {
      const { id, expiresAt } = session
      add({ id, expiresAt })
      unwritten.set(id, { id, expiresAt })
      // A look that is under way may have begun before.
      const written = Promise.resolve(looking).then(look)
      await Promise.race([written, delay(PATIENCE_MS, undefined, { ref: false })])
    },
    has: (id) => ended.has(id),
  }
}
