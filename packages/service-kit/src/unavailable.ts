/** Node's names for "nobody answers there". */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/**
 * PostgreSQL's SQLSTATEs after which the same statement may succeed on another connection or later:
 * class 08 connection exception, 25P03/25P04 idle-in-transaction and transaction time-out, 53 insufficient resources, 57014 statement time-out,
 * 57P01-57P05 shutdown, crash, starting up, dropped, idle session, 55P03 lock time-out, 40 serialization and deadlock.
 */
const SQL_STATE = /^(?:08...|25P0[34]|40...|53...|55P03|57014|57P0[1-5])$/

/** pg has no codes for its own connection errors (pg 8: client.js, pg-pool index.js). */
const PG_MESSAGE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/

const MAX_CAUSES = 8

/** Whether `error`, or what caused it, says that a database or broker is away or overloaded, as opposed to wrong. */
export function isUnavailable(error: unknown): boolean {
  let current: unknown = error
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    const { code, retryable } = current as Error & { code?: unknown; retryable?: unknown }
    if (retryable === true) return true
    if (typeof code === 'string' && (NETWORK_CODES.has(code) || SQL_STATE.test(code))) return true
    if (PG_MESSAGE.test(current.message)) return true
    if (current instanceof AggregateError && current.errors.some(isUnavailable)) return true
    current = current.cause
  }
  return false
}
