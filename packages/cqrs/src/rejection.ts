/** A business "no". It is an answer, not an error: nothing is thrown, nothing is stored. */
export interface Rejection {
  /** Code that callers can switch on, e.g. `OUT_OF_STOCK`. */
  readonly rejected: string
  /** One sentence for people. */
  readonly message: string
  /** Facts that the caller may need, e.g. `{ available: 3 }`. JSON. */
  readonly details?: Readonly<Record<string, unknown>>
}

export function reject(code: string, message: string, details?: Readonly<Record<string, unknown>>): Rejection {
  return details === undefined ? { rejected: code, message } : { rejected: code, message, details }
}

export function isRejection(decision: unknown): decision is Rejection {
  return typeof decision === 'object' && decision !== null && 'rejected' in decision
}
