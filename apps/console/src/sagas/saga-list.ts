import type { Pool } from 'pg'

/** Instances of one saga that wait for the same. */
export interface SagaState {
  readonly saga: string
  readonly stage: string
  /** What the saga itself says that it waits for; its stage where it says nothing. */
  readonly waitsFor: string
  readonly instances: number
  /** With a deadline that is due and has not fired. */
  readonly overdue: number
  /** When the one that has waited for longest last went on. */
  readonly oldestAt: string
}

/** An instance that has not ended. */
export interface LiveSaga {
  readonly saga: string
  readonly id: string
  readonly stage: string
  readonly waitsFor: string
  /** Steps that it has taken. */
  readonly version: number
  /** When it last went on. */
  readonly updatedAt: string
  /** How often in a row nothing came within its time. */
  readonly timesOverdue: number
  readonly nextDeadline: { readonly name: string; readonly dueAt: string; readonly attempts: number } | null
  readonly state: unknown
  /** Why its deadline failed last. */
  readonly lastError: string | null
  readonly overdue: boolean
}

export interface SagaFilter {
  readonly saga?: string | undefined
  readonly waitsFor?: string | undefined
  readonly overdue?: boolean | undefined
  readonly limit: number
}

/** More at once are a matter of figures, not of a list; `sagas_active` counts them all. */
const MAX_LOOKED_AT = 20_000

/** A deadline fires within moments. */
const OVERDUE = `d.due_at < now() - interval '5 seconds'`

const LIVE = `
  select s.saga, s.id, s.stage, s.version, s.updated_at, s.state, coalesce(s.state->>'wait', s.stage) as waits_for,
    case when s.state->>'overdue' ~ '^[0-9]{1,6}$' then (s.state->>'overdue')::int else 0 end as times_overdue
  from (select * from sagas where ended_at is null order by saga, stage, stage_since limit ${MAX_LOOKED_AT}) s`

interface StateRow {
  readonly saga: string
  readonly stage: string
  readonly waits_for: string
  readonly instances: number
  readonly overdue: number
  readonly oldest: Date
}

interface LiveRow {
  readonly saga: string
  readonly id: string
  readonly stage: string
  readonly waits_for: string
  readonly version: number
  readonly updated_at: Date
  readonly state: unknown
  readonly times_overdue: number
  readonly name: string | null
  readonly due_at: Date | null
  readonly attempts: number | null
  readonly last_error: string | null
  readonly overdue: boolean | null
}

/** How many wait for what, by saga and stage. */
export async function sagaStates(pool: Pool): Promise<readonly SagaState[]> {
  const { rows } = await pool.query<StateRow>(
    `select live.saga, live.stage, live.waits_for, count(*)::int as instances, min(live.updated_at) as oldest,
       count(*) filter (where exists (
         select from deadlines d where d.scope = 'saga:' || live.saga and d.id = live.id and ${OVERDUE}
       ))::int as overdue
     from (${LIVE}) live group by 1, 2, 3 order by 1, 2, 3`,
  )
  return rows.map(({ waits_for: waitsFor, oldest, ...row }) => ({
    ...row,
    waitsFor,
    oldestAt: new Date(oldest).toISOString(),
  }))
}

/** Those with an overdue deadline first, then those that were overdue before, then by their next deadline. */
export async function liveSagas(
  pool: Pool,
  { saga, waitsFor, overdue, limit }: SagaFilter,
): Promise<readonly LiveSaga[]> {
  const { rows } = await pool.query<LiveRow>(
    `select live.*, d.name, d.due_at, d.attempts, d.last_error, ${OVERDUE} as overdue
     from (${LIVE}) live left join lateral (
       select name, due_at, attempts, last_error from deadlines d
       where d.scope = 'saga:' || live.saga and d.id = live.id order by due_at limit 1
     ) d on true
     where ($1::text is null or live.saga = $1) and ($2::text is null or live.waits_for = $2)
       and ($3::boolean is not true or ${OVERDUE} or live.times_overdue > 0)
     order by coalesce(${OVERDUE}, false) desc, live.times_overdue > 0 desc, d.due_at, live.id limit $4`,
    [saga ?? null, waitsFor ?? null, overdue ?? null, limit],
  )
  return rows.map((row) => ({
    saga: row.saga,
    id: row.id,
    stage: row.stage,
    waitsFor: row.waits_for,
    version: row.version,
    updatedAt: new Date(row.updated_at).toISOString(),
    timesOverdue: row.times_overdue,
    nextDeadline:
      row.name === null || row.due_at === null
        ? null
        : { name: row.name, dueAt: new Date(row.due_at).toISOString(), attempts: row.attempts ?? 0 },
    lastError: row.last_error,
    state: row.state,
    overdue: row.overdue === true,
  }))
}
