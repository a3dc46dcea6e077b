import type { SqlStatement } from '../sql-statement.ts'
import type { EventMetadata } from '../store/event.ts'
import type { Gate } from '../store/gate.ts'
import { isoTime } from './event-rows.ts'
import type { Row } from './pipeline.ts'

export interface DeadlineKey {
  /** `saga:<name>` or `aggregate:<name>` */
  readonly scope: string
  readonly id: string
  readonly name: string
}

export interface DeadlineRow extends DeadlineKey {
  /** Stands for this one scheduling: whoever fires it must find it unchanged. */
  readonly token: string
  /** ISO 8601. */
  readonly dueAt: string
  readonly payload: unknown
  /** Of what scheduled it; the events that it causes carry it on. */
  readonly metadata: EventMetadata
}

export interface ClaimedDeadline extends DeadlineRow {
  /** How often it was fired in vain. */
  readonly attempts: number
}

const KEYS = '$1::text[], $2::text[], $3::text[]'

const keysOf = (rows: readonly DeadlineKey[]) => [
  rows.map(({ scope }) => scope),
  rows.map(({ id }) => id),
  rows.map(({ name }) => name),
]

/** A deadline that is scheduled already is moved, and nobody who claimed it before can fire it. */
export function upsertDeadlines(rows: readonly DeadlineRow[]): SqlStatement {
  return {
    text: `
      insert into deadlines (scope, id, name, token, due_at, payload, correlation_id, causation_id, traceparent)
      select scope, id, name, token::uuid, due_at, payload, correlation_id, causation_id, traceparent
      from unnest(${KEYS}, $4::text[], $5::timestamptz[], $6::json[], $7::text[], $8::text[], $9::text[])
        as added (scope, id, name, token, due_at, payload, correlation_id, causation_id, traceparent)
      on conflict (scope, id, name) do update set
        token = excluded.token, due_at = excluded.due_at, payload = excluded.payload,
        correlation_id = excluded.correlation_id, causation_id = excluded.causation_id, traceparent = excluded.traceparent,
        claimed_until = null, attempts = 0, last_error = null`,
    values: [
      ...keysOf(rows),
      rows.map(({ token }) => token),
      rows.map(({ dueAt }) => dueAt),
      rows.map(({ payload }) => JSON.stringify(payload)),
      rows.map(({ metadata }) => metadata.correlationId),
      rows.map(({ metadata }) => metadata.causationId),
      rows.map(({ metadata }) => metadata.traceparent),
    ],
  }
}

export function deleteDeadlines(keys: readonly DeadlineKey[]): SqlStatement {
  return {
    text: `
      delete from deadlines d using unnest(${KEYS}) as gone (scope, id, name)
      where d.scope = gone.scope and d.id = gone.id and d.name = gone.name`,
    values: keysOf(keys),
  }
}

export function deleteDeadlinesOf(scopes: readonly Pick<DeadlineKey, 'scope' | 'id'>[]): SqlStatement {
  return {
    text: `
      delete from deadlines d using unnest($1::text[], $2::text[]) as gone (scope, id)
      where d.scope = gone.scope and d.id = gone.id`,
    values: [scopes.map(({ scope }) => scope), scopes.map(({ id }) => id)],
  }
}

/**
 * Takes deadlines that are due, and that nobody else is at, for a while. `now` is the store's. Planned without
 * statistics: by ctid there is no join to plan, and `is true` keeps the planner from looking the scopes up in the primary key, which would
 * read every deadline that is not due yet.
 */
export function claimDeadlines(scopes: readonly string[], now: Date, until: Date, limit: number): SqlStatement {
  return {
    text: `
      update deadlines set claimed_until = $3
      where ctid = any (array(
        select ctid from deadlines
        where due_at <= $2 and (claimed_until is null or claimed_until <= $2) and (scope = any($1::text[])) is true
        order by due_at limit $4 for update skip locked
      ))
      returning scope, id, name, token, due_at, payload, correlation_id, causation_id, traceparent, attempts`,
    values: [scopes, now, until, limit],
  }
}

/**
 * Takes one deadline, due or not. Not one that somebody else is at: only what has failed before may be claimed and yet wait for its next attempt, and
 * of two who fire it the gate lets one through.
 */
export function claimDeadline({ scope, id, name }: DeadlineKey, now: Date, until: Date): SqlStatement {
  return {
    text: `
      update deadlines set claimed_until = $4
      where scope = $1 and id = $2 and name = $3 and (claimed_until is null or claimed_until <= $5 or attempts > 0)
      returning scope, id, name, token, due_at, payload, correlation_id, causation_id, traceparent, attempts`,
    values: [scope, id, name, until, now],
  }
}

export function findDeadline({ scope, id, name }: DeadlineKey): SqlStatement {
  return {
    text: 'select due_at from deadlines where scope = $1 and id = $2 and name = $3',
    values: [scope, id, name],
  }
}

/** Nobody is at it any more; it fires when it is due. */
export function releaseDeadline({ scope, id, name, token }: DeadlineRow): SqlStatement {
  return {
    text: 'update deadlines set claimed_until = null where scope = $1 and id = $2 and name = $3 and token = $4::uuid',
    values: [scope, id, name, token],
  }
}

export function decodeDeadline(row: Row): ClaimedDeadline {
  const [scope, id, name, token, dueAt, payload, correlationId, causationId = null, traceparent, attempts] = row
  return {
    scope: scope as string,
    id: id as string,
    name: name as string,
    token: token as string,
    dueAt: isoTime(dueAt as string),
    payload: JSON.parse(payload as string),
    metadata: {
      correlationId: correlationId as string,
      causationId,
      ...(typeof traceparent === 'string' ? { traceparent } : {}),
    },
    attempts: Number(attempts),
  }
}

/** When the next one is due that is not due yet. */
export function nextDueStatement(now: Date): SqlStatement {
  return { text: 'select min(due_at) from deadlines where due_at > $1::timestamptz', values: [now] }
}

export const decodeNextDue = (rows: readonly Row[] | undefined): number => {
  const at = rows?.[0]?.[0]
  return at === null || at === undefined ? Number.POSITIVE_INFINITY : Date.parse(isoTime(at))
}

/** Leaves each alone until its next attempt. One that was moved or cancelled meanwhile is none of our business any more. */
export function recordFailures(
  failures: readonly { readonly deadline: ClaimedDeadline; readonly error: string; readonly until: Date }[],
): SqlStatement {
  return {
    text: `
      update deadlines d set attempts = d.attempts + 1, last_error = failed.error, claimed_until = failed.until
      from unnest(${KEYS}, $4::text[], $5::text[], $6::timestamptz[]) as failed (scope, id, name, token, error, until)
      where d.scope = failed.scope and d.id = failed.id and d.name = failed.name and d.token = failed.token::uuid`,
    values: [
      ...keysOf(failures.map(({ deadline }) => deadline)),
      failures.map(({ deadline }) => deadline.token),
      failures.map(({ error }) => error.replaceAll('\0', '').slice(0, 1_000)),
      failures.map(({ until }) => until),
    ],
  }
}

export const countDeadlines: SqlStatement = { text: 'select count(*) from deadlines', values: [] }

const MAX_COUNTED = 100_000

export function deadlineLag(scopes: readonly string[], now: Date): SqlStatement {
  return {
    text: `
      select count(*), extract(epoch from $2::timestamptz - min(due_at)), count(*) filter (where scope <> all ($1::text[]))
      from (select scope, due_at from deadlines where due_at <= $2 order by due_at limit ${MAX_COUNTED}) due`,
    values: [scopes, now],
  }
}

/** Scopes that nobody here can serve, with the number of their due deadlines. */
export function strangers(scopes: readonly string[], now: Date): SqlStatement {
  return {
    text: `
      select scope, count(*) from deadlines where due_at <= $2 and scope <> all ($1::text[])
      group by scope order by scope`,
    values: [scopes, now],
  }
}

const FIRED_BEFORE = '22012'

/**
 * Lets each scheduling of a deadline through once: it deletes the row, and fails with division_by_zero when that is gone, moved or
 * cancelled.
 */
export const firings: Gate = {
  name: 'due deadlines',
  late: true,
  conflictsOn: FIRED_BEFORE,
  look: (keys) => {
    const rows = keys.map(parseFiringKey)
    return {
      text: `
        select d.scope, d.id, d.name, d.token
        from unnest(${KEYS}) as wanted (scope, id, name)
        join deadlines d on d.scope = wanted.scope and d.id = wanted.id and d.name = wanted.name`,
      values: keysOf(rows),
    }
  },
  passed: (keys, found) => {
    const waiting = new Set(found.map((row) => JSON.stringify(row)))
    return new Map(keys.filter((key) => !waiting.has(key)).map((key) => [key, { key }]))
  },
  write: (rows) => {
    // In the order in which others lock them.
    const firing = rows
      .map(({ key }) => key)
      .sort()
      .map(parseFiringKey)
    return {
      text: `
        with fired as (
          delete from deadlines d using unnest(${KEYS}, $4::text[]) as due (scope, id, name, token)
          where d.scope = due.scope and d.id = due.id and d.name = due.name and d.token = due.token::uuid
          returning 1
        ) select 1 / (case when count(*) = $5 then 1 else 0 end) from fired`,
      values: [...keysOf(firing), firing.map(({ token }) => token), firing.length],
    }
  },
}

/** One scheduling of a deadline, as one string. */
export const firingKey = ({ scope, id, name, token }: DeadlineRow): string => JSON.stringify([scope, id, name, token])

function parseFiringKey(key: string): DeadlineKey & { readonly token: string } {
  const [scope, id, name, token] = JSON.parse(key) as [string, string, string, string]
  return { scope, id, name, token }
}
