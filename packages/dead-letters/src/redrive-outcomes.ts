import type { RedriveResult } from '@stocker/kafka-config'
import type { Sql } from './transaction.ts'

/**
 * Before their dead letters are locked, in every transaction that touches both: who locks in one order does not wait for each other for ever.
 */
export async function lockRedrivesOf(sql: Sql, deadLetterIds: readonly string[]): Promise<void> {
  if (deadLetterIds.length === 0) return
  await sql.query(
    `select id from redrives where id in
       (select redrive_id from redrive_items where dead_letter_id = any($1::bigint[]) and state in ('PLANNED', 'SENDING', 'SENT'))
     order by id for update`,
    [deadLetterIds],
  )
}

/** The listener has handled these. A confirmation of an earlier sending, or a second one, changes nothing. Returns how many were news. */
export async function itemsHandled(sql: Sql, confirmations: readonly RedriveResult[]): Promise<number> {
  const ids = confirmations.map(({ deadLetterId }) => deadLetterId)
  await lockRedrivesOf(sql, ids)
  const { rows } = await sql.query<{ redrive_id: string; dead_letter_id: string }>(
    `update redrive_items i set state = 'HANDLED', settled_at = now()
     from unnest($1::bigint[], $2::int[], $3::text[]) as c (dead_letter_id, attempt, consumer_group)
       join dead_letters d on d.id = c.dead_letter_id and d.consumer_group = c.consumer_group
     where i.dead_letter_id = c.dead_letter_id and i.attempt = c.attempt and i.state in ('SENDING', 'SENT')
     returning i.redrive_id::text, i.dead_letter_id::text`,
    [ids, confirmations.map(({ attempt }) => attempt), confirmations.map(({ groupId }) => groupId)],
  )
  await sql.query(`update dead_letters set state = 'REDRIVEN' where id = any($1::bigint[]) and state = 'REDRIVING'`, [
    rows.map((row) => row.dead_letter_id),
  ])
  await endRedrives(
    sql,
    rows.map((row) => row.redrive_id),
  )
  return rows.length
}

export interface ItemFailure {
  readonly id: string
  readonly error: string
}

/**
 * These have failed again; the state of the dead letters is the caller's. A redrive that stops at failures gives back all that it has not
 * sent yet, another one what is behind the failed one in its key.
 */
export async function itemsFailed(sql: Sql, failures: readonly ItemFailure[]): Promise<void> {
  if (failures.length === 0) return
  const { rows } = await sql.query<{ redrive_id: string; dead_letter_id: string; sequence: string | null }>(
    `update redrive_items i set state = 'FAILED', settled_at = now(), error = f.error
     from unnest($1::bigint[], $2::text[]) as f (id, error)
     where i.dead_letter_id = f.id and i.state in ('SENDING', 'SENT')
     returning i.redrive_id::text, i.dead_letter_id::text, i.sequence`,
    [failures.map(({ id }) => id), failures.map(({ error }) => error)],
  )
  for (const { redrive_id, dead_letter_id, sequence } of rows) {
    const stopped = await sql.query(
      `update redrives set state = 'STOPPED', stop_reason = $2 where id = $1 and state = 'RUNNING' and stop_on_failure`,
      [redrive_id, `dead letter ${dead_letter_id} failed again`],
    )
    if (stopped.rowCount === 1) await releasePlanned(sql, redrive_id)
    else if (sequence !== null) await releasePlanned(sql, redrive_id, sequence)
  }
  await endRedrives(
    sql,
    rows.map(({ redrive_id }) => redrive_id),
  )
}

/** Gives back what was not sent, of all keys or of one. */
export async function releasePlanned(sql: Sql, redriveId: string, sequence: string | null = null): Promise<void> {
  await sql.query(
    `with released as (
       update redrive_items set state = 'RELEASED', settled_at = now()
       where redrive_id = $1 and state = 'PLANNED' and ($2::text is null or sequence = $2)
       returning dead_letter_id)
     update dead_letters set state = 'NEW' where id in (select dead_letter_id from released)`,
    [redriveId, sequence],
  )
}

/** Those of which nothing is under way any more. */
export async function endRedrives(sql: Sql, redriveIds: readonly string[]): Promise<void> {
  await sql.query(
    `update redrives r set ended_at = now(), state = case state when 'RUNNING' then 'FINISHED' else state end
     where id = any($1::bigint[]) and ended_at is null and not exists (
       select from redrive_items i where i.redrive_id = r.id and i.state in ('PLANNED', 'SENDING', 'SENT'))`,
    [[...new Set(redriveIds)]],
  )
}
