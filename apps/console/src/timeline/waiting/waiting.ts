/** Why an order is where it is. In the order in which they are looked for. */
export const WAITING_CODES = [
  'DEAD_LETTER',
  'UNDECODABLE',
  'HANDLER_FAILING',
  'DATABASE_AWAY',
  'DATABASE_LOCKED',
  'SERVICE_DOWN',
  'BROKER_AWAY',
  'PARTITION_HELD',
  'LISTENER_STOPPED',
  'NO_MEMBERS',
  'NOT_PUBLISHED',
  'NOT_HANDLED',
  'CALL_FAILING',
  'CALL_OPEN',
  'DEADLINE_FAILING',
  'DEADLINE_OVERDUE',
  'ON_ITS_WAY',
  'DEADLINE_PENDING',
  'FINISHED',
  'SAGA_WAITS',
  'UNEXPLAINED',
] as const
export type WaitingCode = (typeof WAITING_CODES)[number]

/** finished: nothing is to come. normal: it goes on by itself, as it should. late: slower than it should be. stuck: somebody has to look. */
export const WAITING_LEVELS = ['finished', 'normal', 'late', 'stuck'] as const
export type WaitingLevel = (typeof WAITING_LEVELS)[number]

export interface Waiting {
  readonly code: WaitingCode
  readonly level: WaitingLevel
  /** For an operator: what it waits for, since when. */
  readonly sentence: string
  /** For an operator; null: nothing has to be done. */
  readonly todo: string | null
  /** What may be told to the customer. */
  readonly customer: string
  /** Who holds it up; null: nobody in particular. */
  readonly service: string | null
  /** ISO 8601. */
  readonly since: string | null
  /** When it is tried or looked at next. ISO 8601. */
  readonly nextAt: string | null
  /** The dead letter to see to. */
  readonly deadLetter: string | null
  /** Section of docs/runbook.md; null: none is needed. */
  readonly runbook: number | null
}
