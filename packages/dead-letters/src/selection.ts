import { DeadLetterError } from './errors.ts'
import type { DeadLetterState } from './states.ts'

/** Which dead letters are meant: those that fulfil all that is given. */
export interface Selection {
  readonly ids?: readonly string[]
  readonly consumerGroup?: string
  /** The topic in which the record failed first. */
  readonly topic?: string
  readonly errorClass?: string
  readonly fingerprint?: string
  /** The record's key, as text. */
  readonly key?: string
  readonly eventId?: string
  readonly state?: DeadLetterState
  /** Seen last at or after this time. */
  readonly from?: Date
  /** Seen last before this time. */
  readonly to?: Date
}

interface Condition {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** Column conditions by field; `$` stands for the field's parameter. */
const CONDITIONS: Readonly<Record<keyof Selection, string>> = {
  ids: 'id = any($::bigint[])',
  consumerGroup: 'consumer_group = $',
  topic: 'original_topic = $',
  errorClass: 'error_class = $',
  fingerprint: 'fingerprint = $',
  key: `key = convert_to($, 'UTF8')`,
  eventId: 'event_id = $',
  state: 'state = $',
  from: 'last_seen_at >= $',
  to: 'last_seen_at < $',
}

export const SELECTION_FIELDS = Object.keys(CONDITIONS) as readonly (keyof Selection)[]

/** A condition for `where`; parameters begin at $1. */
export function conditionOf(selection: Selection): Condition {
  const given = SELECTION_FIELDS.filter((field) => selection[field] !== undefined)
  const parts = given.map((field, index) => CONDITIONS[field].replace('$', `$${index + 1}`))
  return { sql: parts.length === 0 ? 'true' : parts.join(' and '), values: given.map((field) => selection[field]) }
}

/** @throws DeadLetterError EMPTY_SELECTION */
export function requireSelection(selection: Selection): Selection {
  const empty = SELECTION_FIELDS.every((field) => selection[field] === undefined)
  if (!empty) return selection
  throw new DeadLetterError(
    'EMPTY_SELECTION',
    `Nothing is selected: name ids, or at least one of ${SELECTION_FIELDS.slice(1).join(', ')}`,
  )
}
