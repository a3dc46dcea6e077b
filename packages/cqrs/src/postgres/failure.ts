import { DatabaseError } from 'pg'
import { CqrsError } from '../errors.ts'
import { ConnectionFailure, StatementFailure } from './pipeline.ts'

/**
 * - `conflict`: another writer was faster; decide again.
 * - `unavailable`: the server or the way to it; the same again later may succeed.
 * - `statement`: PostgreSQL, or a value that cannot be sent; repeating does not help.
 * - `handler`: not the database's.
 */
export type FailureKind = 'conflict' | 'unavailable' | 'statement' | 'handler'

/** Serialization failure, deadlock, lock not available. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])

/** Read-only server (after a failover), cancelled query, transaction time-outs. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['25006', '57014', '25P03', '25P04'])

/** Connection, insufficient resources, operator intervention (shutdown, starting up), system error. */
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57', '58'])

/** `conflictsOn`: SQLSTATEs that mean a conflict for the statement that failed. */
export function kindOfFailure(error: unknown, conflictsOn?: (index: number) => readonly string[]): FailureKind {
  if (error instanceof ConnectionFailure) return 'unavailable'
  if (!(error instanceof StatementFailure)) return 'handler'
  if (!(error.cause instanceof DatabaseError)) return 'statement'
  const state = error.cause.code ?? ''
  if (CONFLICTS.has(state) || conflictsOn?.(error.index).includes(state)) return 'conflict'
  if (UNAVAILABLE.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2))) return 'unavailable'
  return 'statement'
}

/** Raised on purpose by statements that find something other than they rely on. */
export const DIVISION_BY_ZERO = '22012'

/** Whether PostgreSQL refused a statement with this SQLSTATE. `index`: only if it was that statement. */
export function failsWith(error: unknown, state: string, index?: number): boolean {
  if (!(error instanceof StatementFailure && error.cause instanceof DatabaseError)) return false
  return error.cause.code === state && (index === undefined || index === error.index)
}

export function toCqrsError(error: unknown, doing: string): CqrsError {
  if (error instanceof CqrsError) return error
  const cause = error instanceof StatementFailure || error instanceof ConnectionFailure ? error.cause : error
  const reason = error instanceof Error ? error.message : String(error)
  switch (kindOfFailure(error)) {
    case 'conflict':
      return new CqrsError('CONFLICT', `PostgreSQL reported a conflict while ${doing}: ${reason}`, { cause })
    case 'unavailable':
      return new CqrsError('DATABASE_UNAVAILABLE', `The database was not available while ${doing}: ${reason}`, {
        cause,
      })
    case 'statement':
      return new CqrsError('STATEMENT_FAILED', `PostgreSQL refused a statement while ${doing}: ${reason}`, { cause })
    case 'handler':
      return new CqrsError('HANDLER_FAILED', `A handler or projection threw while ${doing}: ${reason}`, { cause })
  }
}
