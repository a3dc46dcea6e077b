import type { Pool } from 'pg'
import type {
  AuditEntry,
  DeadLetter,
  DeadLetterGroup,
  Occurrence,
  StoredHeader,
  WholeDeadLetter,
} from './dead-letter.ts'
import { readHeaders } from './dead-letter.ts'
import { DeadLetterError } from './errors.ts'
import type { Selection } from './selection.ts'
import { conditionOf } from './selection.ts'
import { DEAD_LETTER_STATES } from './states.ts'

export interface Page {
  /** Only those with a lower id: the `id` of the last one of the page before. */
  readonly before?: string
  /** At most so many. */
  readonly limit: number
}

const COLUMNS = `
  id::text, consumer_group as "consumerGroup", original_topic as topic, original_partition as partition,
  original_offset::text as offset, original_at as "originalAt", key as "rawKey", event_id as "eventId", event_type as "eventType",
  error_class as "errorClass", error_message as "errorMessage", fingerprint, state, edited, redrives,
  redrives_left as "redrivesLeft", occurrences, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt"`

type Row = Omit<DeadLetter, 'key'> & { readonly rawKey: Buffer | null }
type WholeRow = Row & { value: Buffer | null; headers: readonly StoredHeader[]; stackTrace: string }

/** Reads what the store holds. */
export class DeadLetterQueries {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** The newest first. */
  async list(selection: Selection, { before, limit }: Page): Promise<readonly DeadLetter[]> {
    const { sql, values } = conditionOf(selection)
    const next = values.length + 1
    const { rows } = await this.#pool.query<Row>(
      `select ${COLUMNS} from dead_letters where ${sql} and ($${next}::bigint is null or id < $${next}) order by dead_letters.id desc limit $${next + 1}`,
      [...values, before ?? null, limit],
    )
    return rows.map(toDeadLetter)
  }

  /** @throws DeadLetterError DEAD_LETTER_NOT_FOUND */
  async find(id: string): Promise<WholeDeadLetter> {
    const { rows } = await this.#pool.query<WholeRow>(
      `select ${COLUMNS}, value, headers, stack_trace as "stackTrace" from dead_letters where id = $1`,
      [id],
    )
    const row = rows[0]
    if (row === undefined) throw new DeadLetterError('DEAD_LETTER_NOT_FOUND', `There is no dead letter ${id}`)
    const { value, headers, stackTrace, rawKey } = row
    const history = await this.#history(id)
    return { ...toDeadLetter(row), value, rawKey, headers: readHeaders(headers), stackTrace, history }
  }

  /** Those with a dead letter in the selection, the one seen last first. */
  async groups(selection: Selection, limit: number): Promise<readonly DeadLetterGroup[]> {
    const { sql, values } = conditionOf(selection)
    const states = DEAD_LETTER_STATES.map((state) => `'${state}', count(*) filter (where state = '${state}')`).join(
      ', ',
    )
    const latest = (column: string): string => `(array_agg(${column} order by last_seen_at desc))[1]`
    const { rows } = await this.#pool.query<DeadLetterGroup>(
      `select fingerprint, consumer_group as "consumerGroup", original_topic as topic, error_class as "errorClass",
         ${latest('error_message')} as "errorMessage", count(*)::int as "deadLetters", json_build_object(${states}) as "byState",
         min(first_seen_at) as "firstSeenAt", max(last_seen_at) as "lastSeenAt"
       from dead_letters where ${sql}
       group by fingerprint, consumer_group, original_topic, error_class order by max(last_seen_at) desc limit $${values.length + 1}`,
      [...values, limit],
    )
    return rows
  }

  /** What was done, the newest first; to one dead letter if `id` is given. */
  async audit({ id, before, limit }: Page & { readonly id?: string }): Promise<readonly AuditEntry[]> {
    const { rows } = await this.#pool.query<AuditEntry>(
      `select id::text, at, who, action, reason, redrive_id::text as "redriveId",
         dead_letter_ids::text[] as "deadLetterIds", selection, detail
       from dead_letter_audit
       where ($1::bigint is null or dead_letter_ids @> array[$1::bigint]) and ($2::bigint is null or id < $2)
       order by dead_letter_audit.id desc limit $3`,
      [id ?? null, before ?? null, limit],
    )
    return rows
  }

  async #history(id: string): Promise<readonly Occurrence[]> {
    const { rows } = await this.#pool.query<Occurrence>(
      `select topic, partition, record_offset::text as offset, attempt, error_class as "errorClass",
         error_message as "errorMessage", seen_at as "seenAt"
       from dead_letter_occurrences where dead_letter_id = $1 order by seen_at, partition, record_offset`,
      [id],
    )
    return rows
  }
}

function toDeadLetter({ rawKey, ...row }: Row): DeadLetter {
  const { id, consumerGroup, topic, partition, offset, originalAt, eventId, eventType, errorClass, errorMessage } = row
  const { fingerprint, state, edited, redrives, redrivesLeft, occurrences, firstSeenAt, lastSeenAt } = row
  return {
    id,
    consumerGroup,
    topic,
    partition,
    offset,
    originalAt,
    key: rawKey?.toString('utf8') ?? null,
    eventId,
    eventType,
    errorClass,
    errorMessage,
    fingerprint,
    state,
    edited,
    redrives,
    redrivesLeft,
    occurrences,
    firstSeenAt,
    lastSeenAt,
  }
}
