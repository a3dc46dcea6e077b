import type { Sql } from './transaction.ts'

/** What a person is known by, and why they do it. */
export interface Order {
  /** Who asks for it. */
  readonly by: string
  readonly reason: string
}

export interface AuditRow {
  readonly who: string
  readonly action: 'redrive' | 'stop' | 'edit' | 'park' | 'discard' | 'release'
  readonly reason: string
  readonly deadLetterIds: readonly string[]
  readonly redriveId?: string
  readonly selection?: object
  readonly detail?: object
}

/** In the transaction of what it tells. */
export async function writeAudit(sql: Sql, row: AuditRow): Promise<void> {
  const json = (value: object | undefined): string | null => (value === undefined ? null : JSON.stringify(value))
  await sql.query(
    `insert into dead_letter_audit (who, action, reason, redrive_id, dead_letter_ids, selection, detail)
     values ($1, $2, $3, $4, $5::bigint[], $6, $7)`,
    [row.who, row.action, row.reason, row.redriveId ?? null, row.deadLetterIds, json(row.selection), json(row.detail)],
  )
}
