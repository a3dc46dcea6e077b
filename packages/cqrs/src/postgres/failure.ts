import { DatabaseError } from 'pg'
import { CqrsError } from '../errors.ts'
import { ConnectionFailure, StatementFailure } from './pipeline.ts'

/**
 * - `conflict`: another writer was faster; decide again.
 * - `unavailable`: the server or the way to it; the same again later may succeed.
 * - `locked`: others held a lock for longer than a statement waits for one; the same again succeeds when they have let go.
 * - `overtime`: the server was at it for as long as it may be. It has too much to do, or this takes too long whenever it comes: the error does not say which.
 * - `statement`: PostgreSQL, or a value that cannot be sent; repeating does not help.
 * - `handler`: not the database's.
 */
export type FailureKind = 'conflict' | 'unavailable' | 'locked' | 'overtime' | 'statement' | 'handler'

const KINDS: Readonly<Record<string, FailureKind>> = {
  // Serialization failure, deadlock.
  '40001': 'conflict',
  '40P01': 'conflict',
  // lock_timeout.
  '55P03': 'locked',
  // statement_timeout, transaction_timeout.
  '57014': 'overtime',
  '25P04': 'overtime',
  // A read-only server (after a failover), idle_in_transaction_session_timeout.
  '25006': 'unavailable',
  '25P03': 'unavailable',
}

/** Connection, insufficient resources, operator intervention (shutdown, starting up), system error. */
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57', '58'])

/** `conflictsOn`: SQLSTATEs that mean a conflict for the statement that failed. */
export function kindOfFailure(error: unknown, conflictsOn?: (index: number) => readonly string[]): FailureKind {
  if (error instanceof ConnectionFailure) return 'unavailable'
  if (!(error instanceof StatementFailure)) return 'handler'
  if (!(error.cause instanceof DatabaseError)) return 'statement'
  const state = error.cause.code ?? ''
  if (conflictsOn?.(error.index).includes(state)) return 'conflict'
  return KINDS[state] ?? (UNAVAILABLE_CLASSES.has(state.slice(0, 2)) ? 'unavailable' : 'statement')
}

/** Whether its connection is of no use any more. PostgreSQL closes it after some errors (transaction_timeout), a moment after it has told them. */
export function breaksConnection(error: unknown): boolean {
  if (error instanceof StatementFailure && error.cause instanceof DatabaseError) return error.cause.severity === 'FATAL'
  return error instanceof ConnectionFailure
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
    case 'locked':
      return new CqrsError('DATABASE_LOCKED', `Others held a lock for too long while ${doing}: ${reason}`, { cause })
    case 'overtime':
      return new CqrsError('TRANSACTION_TIMEOUT', `PostgreSQL took too long while ${doing}: ${reason}`, { cause })
    case 'statement':
      return new CqrsError('STATEMENT_FAILED', `PostgreSQL refused a statement while ${doing}: ${reason}`, { cause })
    case 'handler':
      return new CqrsError('HANDLER_FAILED', `A handler or projection threw while ${doing}: ${reason}`, { cause })
  }
}
