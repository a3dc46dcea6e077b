import type { CommandConditions } from '../aggregates/decide.ts'
import type { UnitOfWork, WorkContext } from '../store/unit-of-work.ts'

export interface CommandMeta extends WorkContext, CommandConditions {
  /** Of the command itself: the cause of its events, unless `causationId` names an earlier one. Default: from the store's `ids`. */
  readonly id?: string
  /** What interceptors may want to know, e.g. who sends it. Not stored. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** Makes the command take effect once, however often and for whichever id it is sent. Rejected commands are not remembered. */
  readonly idempotency?: {
    readonly key: string
    /** Stands for the content (e.g. a hash of the body): the same key with another fingerprint is rejected as IDEMPOTENCY_KEY_REUSED. */
    readonly fingerprint: string
  }
  /**
   * What else the transaction does if the command is accepted: rows to write, a call that is settled. Not asked for a rejected or a replayed one. May run
   * several times, like every handler.
   */
  readonly alongside?: (unit: UnitOfWork) => void
}
