import type { Pool } from 'pg'
import type { AuditRow, Order } from './audit.ts'
import { writeAudit } from './audit.ts'
import { DeadLetterError } from './errors.ts'
import type { CheckPayload, PayloadDiff } from './payload-edit.ts'
import { checkedEdit } from './payload-edit.ts'
import type { Selection } from './selection.ts'
import { conditionOf, requireSelection } from './selection.ts'
import type { DeadLetterState } from './states.ts'
import { after, DEAD_LETTER_STATES } from './states.ts'
import type { Sql } from './transaction.ts'
import { inTransaction } from './transaction.ts'

export interface ActionReport {
  /** Ids of the dead letters that were changed. */
  readonly changed: readonly string[]
  /** Selected, and in a state in which this is not possible. */
  readonly refused: readonly { readonly id: string; readonly state: DeadLetterState }[]
}

export interface DeadLetterActionsOptions {
  /** How often a dead letter may be sent again before it is parked; `release` begins anew. */
  readonly maxRedrives: number
  /** Default: every payload is taken. */
  readonly checkPayload?: CheckPayload
}

type BulkStep = 'park' | 'discard' | 'release'

/** What a person does with dead letters beside sending them again. Each change and its audit entry are one transaction. */
export class DeadLetterActions {
  readonly #pool: Pool
  readonly #options: DeadLetterActionsOptions

  constructor(pool: Pool, options: DeadLetterActionsOptions) {
    this.#pool = pool
    this.#options = options
  }

  /** Puts them aside: no redrive takes them, and nothing of their key waits for them. @throws DeadLetterError EMPTY_SELECTION */
  park(selection: Selection, order: Order): Promise<ActionReport> {
    return this.#change('park', selection, order)
  }

  /** They are not to be handled. @throws DeadLetterError EMPTY_SELECTION */
  discard(selection: Selection, order: Order): Promise<ActionReport> {
    return this.#change('discard', selection, order)
  }

  /** Parked or discarded ones are NEW again and may be sent as often as at first. @throws DeadLetterError EMPTY_SELECTION */
  release(selection: Selection, order: Order): Promise<ActionReport> {
    return this.#change('release', selection, order)
  }

  /**
   * Replaces the payload; the first one stays in the audit.
   * @throws DeadLetterError DEAD_LETTER_NOT_FOUND, WRONG_STATE, PAYLOAD_REFUSED
   */
  edit(id: string, value: Buffer, { by, reason }: Order): Promise<PayloadDiff> {
    return inTransaction(this.#pool, async (sql) => {
      const { rows } = await sql.query<EditableRow>(
        'select state, original_topic as topic, event_type as "eventType", value from dead_letters where id = $1 for update',
        [id],
      )
      const row = rows[0]
      if (row === undefined) throw new DeadLetterError('DEAD_LETTER_NOT_FOUND', `There is no dead letter ${id}`)
      const { state, topic, eventType } = row
      if (after(state, 'edit') === undefined) {
        const editable = DEAD_LETTER_STATES.filter((each) => after(each, 'edit') !== undefined).join(' or ')
        throw new DeadLetterError(
          'WRONG_STATE',
          `Dead letter ${id} is ${state}; only one that is ${editable} can be edited`,
        )
      }
      const diff = checkedEdit(id, row.value, { topic, eventType, value }, this.#options.checkPayload)
      await sql.query('update dead_letters set value = $2, edited = true where id = $1', [id, value])
      await writeAudit(sql, { who: by, action: 'edit', reason, deadLetterIds: [id], detail: diff })
      return diff
    })
  }

  #change(step: BulkStep, selection: Selection, { by, reason }: Order): Promise<ActionReport> {
    const { sql: condition, values } = conditionOf(requireSelection(selection))
    return inTransaction(this.#pool, async (sql) => {
      const { rows } = await sql.query<{ id: string; state: DeadLetterState }>(
        `select id::text, state from dead_letters where ${condition} order by dead_letters.id for update`,
        [...values],
      )
      const { changed = [], refused = [] } = Object.groupBy(rows, ({ state }) =>
        after(state, step) === undefined ? 'refused' : 'changed',
      )
      const ids = changed.map(({ id }) => id)
      if (ids.length > 0) {
        await this.#store(sql, step, changed)
        const entry: AuditRow = { who: by, action: step, reason, deadLetterIds: ids, selection }
        await writeAudit(sql, entry)
      }
      return { changed: ids, refused }
    })
  }

  async #store(sql: Sql, step: BulkStep, rows: readonly { readonly id: string; readonly state: DeadLetterState }[]) {
    await sql.query(
      `update dead_letters set state = c.state, redrives_left = coalesce($3::int, redrives_left)
       from unnest($1::bigint[], $2::text[]) as c (id, state) where dead_letters.id = c.id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ state }) => after(state, step)),
        step === 'release' ? this.#options.maxRedrives : null,
      ],
    )
  }
}

interface EditableRow {
  readonly state: DeadLetterState
  readonly topic: string
  readonly eventType: string | null
  readonly value: Buffer | null
}
