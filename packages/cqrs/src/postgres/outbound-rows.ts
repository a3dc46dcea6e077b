import type { SqlStatement } from '../sql-statement.ts'
import type { Gate } from '../store/gate.ts'
import type { WorkContext } from '../store/unit-of-work.ts'
import type { Row } from './pipeline.ts'

/** A call to make, with what its result's events carry on. */
export interface CallRow {
  readonly key: string
  readonly request: unknown
  readonly context: WorkContext
  /** That were made and failed. */
  readonly attempts: number
}

/** `owner` null: for whoever comes first. A call whose key is already waiting is the same call. */
export function insertCalls(name: string, owner: string | null, calls: readonly CallRow[]): SqlStatement {
  return {
    text: `
      insert into outbound_calls (name, key, request, correlation_id, causation_id, traceparent, owner, due_at)
      select $1, key, request, correlation_id, causation_id, traceparent, $2::uuid, now()
      from unnest($3::text[], $4::json[], $5::text[], $6::text[], $7::text[])
        as added (key, request, correlation_id, causation_id, traceparent)
      on conflict (name, key) do nothing`,
    values: [
      name,
      owner,
      calls.map(({ key }) => key),
      calls.map(({ request }) => JSON.stringify(request)),
      calls.map(({ context }) => context.correlationId),
      calls.map(({ context }) => context.causationId),
      calls.map(({ context }) => context.traceparent),
    ],
  }
}

/** Says that this process lives, and forgets those that died long ago. */
export function heartbeat(owner: string, leaseMs: number): readonly SqlStatement[] {
  return [
    {
      text: `
        insert into outbound_owners (owner, alive_until) values ($1, now() + make_interval(secs => $2))
        on conflict (owner) do update set alive_until = excluded.alive_until`,
      values: [owner, leaseMs / 1000],
    },
    { text: `delete from outbound_owners where alive_until < now() - interval '1 hour'`, values: [] },
  ]
}

/** Takes calls that are due and belong to nobody who lives. */
export function claimCalls(name: string, owner: string, limit: number): SqlStatement {
  return {
    text: `
      update outbound_calls c set owner = $2::uuid
      from (
        select name, key from outbound_calls
        where name = $1 and due_at <= now()
          and (owner is null or owner <> all (array(select owner from outbound_owners where alive_until > now())))
        order by due_at limit $3 for update skip locked
      ) due
      where c.name = due.name and c.key = due.key
      returning c.key, c.request, c.correlation_id, c.causation_id, c.traceparent, c.attempts`,
    values: [name, owner, limit],
  }
}

export function decodeCall([key, request, correlationId, causationId, traceparent, attempts]: Row): CallRow {
  return {
    key: key as string,
    request: JSON.parse(request as string),
    context: {
      correlationId: correlationId as string,
      causationId: causationId as string,
      ...(typeof traceparent === 'string' ? { traceparent } : {}),
    },
    attempts: Number(attempts),
  }
}

/** The row, or none when the call was settled meanwhile. */
export function recordFailure(name: string, key: string, delayMs: number, error: string): SqlStatement {
  return {
    text: `
      update outbound_calls
      set attempts = attempts + 1, due_at = now() + make_interval(secs => $3), last_error = $4
      where name = $1 and key = $2
      returning key`,
    values: [name, key, delayMs / 1000, error.replaceAll('\0', '').slice(0, 1_000)],
  }
}

export function settleCall(name: string, key: string): SqlStatement {
  return { text: 'delete from outbound_calls where name = $1 and key = $2', values: [name, key] }
}

/** Makes a call that waits for another attempt due; how many attempts it has had, and whether it did wait. No row: there is no such call. */
export function hastenCall(name: string, key: string): SqlStatement {
  return {
    text: `
      with hastened as (
        update outbound_calls set due_at = now() where name = $1 and key = $2 and due_at > now() returning key
      )
      select c.attempts, h.key is not null
      from outbound_calls c left join hastened h on h.key = c.key where c.name = $1 and c.key = $2`,
    values: [name, key],
  }
}

/** Calls of this process that another one has made due. */
export function hastenedCalls(name: string, owner: string): SqlStatement {
  return {
    text: `
      select key from outbound_calls
      where name = $1 and owner = $2::uuid and attempts > 0 and due_at <= now()`,
    values: [name, owner],
  }
}

/** Leaves the calls of this process to others, at once. */
export function releaseCalls(name: string, owner: string): readonly SqlStatement[] {
  return [
    { text: 'update outbound_calls set owner = null where name = $1 and owner = $2', values: [name, owner] },
    { text: 'delete from outbound_owners where owner = $1', values: [owner] },
  ]
}

export function countCalls(name: string): SqlStatement {
  return { text: 'select count(*) from outbound_calls where name = $1', values: [name] }
}

const MAX_COUNTED = 100_000

/** How many calls there are without a stored result, and the age of the oldest of them in seconds; one row. */
export function openCalls(name: string): SqlStatement {
  return {
    text: `
      select count(*), extract(epoch from now() - min(requested_at))
      from (select requested_at from outbound_calls where name = $1 limit ${MAX_COUNTED}) open`,
    values: [name],
  }
}

const ANSWERED_BEFORE = '22012'

/** Lets the first answer of each call through: it deletes the row, and fails with division_by_zero when that is gone. */
export function answers(name: string): Gate {
  return {
    name: `answers of ${name}`,
    conflictsOn: ANSWERED_BEFORE,
    look: (keys) => ({
      text: 'select key from outbound_calls where name = $1 and key = any($2::text[])',
      values: [name, keys],
    }),
    passed: (keys, found) => {
      const waiting = new Set(found.map(([key]) => key))
      return new Map(keys.filter((key) => !waiting.has(key)).map((key) => [key, { key }]))
    },
    write: (rows) => ({
      text: `
        with answered as (delete from outbound_calls where name = $1 and key = any($2::text[]) returning 1)
        select 1 / (case when count(*) = $3 then 1 else 0 end) from answered`,
      values: [name, rows.map(({ key }) => key), rows.length],
    }),
  }
}
