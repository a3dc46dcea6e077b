import type { SqlStatement } from '../sql-statement.ts'
import { isoTime } from './event-rows.ts'
import type { Row } from './pipeline.ts'

/** Names an instance. */
export interface SagaKey {
  /** Name of the saga. */
  readonly saga: string
  readonly id: string
}

/** Instances of the saga that have this property with this value. */
export interface Association {
  readonly saga: string
  readonly property: string
  readonly value: string
}

export interface SagaRow extends SagaKey {
  readonly version: number
  readonly revision: number
  readonly state: unknown
  readonly ended: boolean
}

const COLUMNS = 's.saga, s.id, s.version, s.revision, s.state, s.ended_at'

export function findSagas(keys: readonly SagaKey[]): SqlStatement {
  return {
    text: `
      select ${COLUMNS} from unnest($1::text[], $2::text[]) as wanted (saga, id)
      join sagas s on s.saga = wanted.saga and s.id = wanted.id`,
    values: [keys.map(({ saga }) => saga), keys.map(({ id }) => id)],
  }
}

export function decodeSaga([saga, id, version, revision, state, endedAt]: Row): SagaRow {
  return {
    saga: saga as string,
    id: id as string,
    version: Number(version),
    revision: Number(revision),
    state: JSON.parse(state as string),
    ended: endedAt !== null,
  }
}

/** The instances of each association, with the association behind. */
export function findAssociated(associations: readonly Association[]): SqlStatement {
  return {
    text: `
      select ${COLUMNS}, a.property, a.value
      from unnest($1::text[], $2::text[], $3::text[]) as wanted (saga, property, value)
        join saga_associations a on a.saga = wanted.saga and a.property = wanted.property and a.value = wanted.value
        join sagas s on s.saga = a.saga and s.id = a.id
      order by s.id`,
    values: associationColumns(associations),
  }
}

export const decodeAssociation = ([saga, , , , , , property, value]: Row): Association => ({
  saga: saga as string,
  property: property as string,
  value: value as string,
})

export interface SagaWrite extends SagaRow {
  /** 0: the instance is new. */
  readonly previousVersion: number
  readonly stage: string
}

const columnsOf = (rows: readonly SagaWrite[], at: string) => [
  rows.map(({ saga }) => saga),
  rows.map(({ id }) => id),
  rows.map(({ version }) => version),
  rows.map(({ revision }) => revision),
  rows.map(({ state }) => JSON.stringify(state)),
  rows.map(({ ended }) => ended),
  at,
  rows.map(({ stage }) => stage),
]

export function insertSagas(rows: readonly SagaWrite[], at: string): SqlStatement {
  return {
    text: `
      insert into sagas (saga, id, version, revision, state, updated_at, ended_at, stage, stage_since)
      select saga, id, version, revision, state, $7::timestamptz, case when ended then $7::timestamptz end, stage, $7::timestamptz
      from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::json[], $6::boolean[], $8::text[])
        as written (saga, id, version, revision, state, ended, stage)`,
    values: columnsOf(rows, at),
  }
}

/** Fails with division_by_zero when another writer was faster with one of them. */
export function updateSagas(rows: readonly SagaWrite[], at: string): SqlStatement {
  return {
    text: `
      with done as (
        update sagas s set version = written.version, revision = written.revision, state = written.state,
          updated_at = $7::timestamptz, ended_at = case when written.ended then $7::timestamptz end,
          stage = written.stage, stage_since = case when s.stage = written.stage then s.stage_since else $7::timestamptz end
        from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::json[], $6::boolean[], $8::text[], $9::int[])
          as written (saga, id, version, revision, state, ended, stage, previous)
        where s.saga = written.saga and s.id = written.id and s.version = written.previous
        returning 1
      ) select 1 / (case when count(*) = $10 then 1 else 0 end) from done`,
    values: [...columnsOf(rows, at), rows.map(({ previousVersion }) => previousVersion), rows.length],
  }
}

/** Fails with division_by_zero when one of the instances has gone on since: for those that were taken from memory and left as they were. */
export function assertSagas(seen: readonly (SagaKey & { readonly version: number })[]): SqlStatement {
  return {
    text: `
      select 1 / (case when exists (
        select from unnest($1::text[], $2::text[], $3::int[]) as seen (saga, id, version)
        join sagas s on s.saga = seen.saga and s.id = seen.id and s.version <> seen.version
      ) then 0 else 1 end)`,
    values: [seen.map(({ saga }) => saga), seen.map(({ id }) => id), seen.map(({ version }) => version)],
  }
}

const associationColumns = (rows: readonly Association[]) => [
  rows.map(({ saga }) => saga),
  rows.map(({ property }) => property),
  rows.map(({ value }) => value),
]

export function insertAssociations(rows: readonly (Association & SagaKey)[]): SqlStatement {
  return {
    text: `
      insert into saga_associations (saga, property, value, id)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
      on conflict do nothing`,
    values: [...associationColumns(rows), rows.map(({ id }) => id)],
  }
}

export function deleteAssociations(rows: readonly (Association & SagaKey)[]): SqlStatement {
  return {
    text: `
      delete from saga_associations a
      using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as gone (saga, property, value, id)
      where a.saga = gone.saga and a.property = gone.property and a.value = gone.value and a.id = gone.id`,
    values: [...associationColumns(rows), rows.map(({ id }) => id)],
  }
}

export function deleteAssociationsOf(instances: readonly SagaKey[]): SqlStatement {
  return {
    text: `
      delete from saga_associations a using unnest($1::text[], $2::text[]) as gone (saga, id)
      where a.saga = gone.saga and a.id = gone.id`,
    values: [instances.map(({ saga }) => saga), instances.map(({ id }) => id)],
  }
}

const WITH_DEADLINES = `
  select ${COLUMNS}, s.updated_at, (
    select json_agg(json_build_object(
      'name', d.name, 'dueAt', d.due_at, 'payload', d.payload, 'attempts', d.attempts, 'lastError', d.last_error
    ) order by d.due_at, d.name)
    from deadlines d where d.scope = 'saga:' || s.saga and d.id = s.id
  ) from sagas s`

export function readSaga({ saga, id }: SagaKey): SqlStatement {
  return { text: `${WITH_DEADLINES} where s.saga = $1 and s.id = $2`, values: [saga, id] }
}

/** `active` null: whether they have ended or not. */
export function listSagas(saga: string, active: boolean | null, after: string, limit: number): SqlStatement {
  return {
    text: `
      ${WITH_DEADLINES}
      where s.saga = $1 and s.id > $2 and ($3::boolean is null or $3 = (s.ended_at is null))
      order by s.id limit $4`,
    values: [saga, after, active, limit],
  }
}

export interface SagaReport extends SagaRow {
  readonly endedAt: string | null
  readonly updatedAt: string
  readonly deadlines: readonly {
    readonly name: string
    readonly dueAt: string
    readonly payload: unknown
    readonly attempts: number
    readonly lastError: string | null
  }[]
}

export function decodeReport(row: Row): SagaReport {
  const [, , , , , endedAt, updatedAt, deadlines] = row
  const listed = JSON.parse(deadlines ?? '[]') as SagaReport['deadlines']
  return {
    ...decodeSaga(row),
    endedAt: endedAt === null || endedAt === undefined ? null : isoTime(endedAt),
    updatedAt: isoTime(updatedAt as string),
    deadlines: listed.map((deadline) => ({ ...deadline, dueAt: new Date(deadline.dueAt).toISOString() })),
  }
}
