interface ErrorKind {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
  readonly meaning: string
}

export const CQRS_ERRORS = {
  DATABASE_UNAVAILABLE: {
    retryable: true,
    meaning:
      'The database cannot be reached or closed the connection. Whether a transaction under way took effect is unknown; repeat it with its message id or idempotency key.',
  },
  DATABASE_LOCKED: {
    retryable: true,
    meaning:
      'Others held a lock in the database for longer than a statement waits for one. Nothing was stored; the same again succeeds when they have let go.',
  },
  TRANSACTION_TIMEOUT: {
    retryable: true,
    meaning:
      'PostgreSQL ended a transaction that took too long: it has too much to do, or the message or command takes too long whenever it comes. Nothing was stored.',
  },
  CONFLICT: {
    retryable: true,
    meaning: 'Other writers changed the same streams each time the decision was taken. Nothing was stored.',
  },
  TIMEOUT: {
    retryable: true,
    meaning:
      'A command had no result in the time that its sender gives it. Whether it takes effect is unknown; send it again with its id or idempotency key.',
  },
  CLOSED: { retryable: true, meaning: 'The store or bus is closed or closing; another instance may take the call.' },
  HANDLER_FAILED: {
    retryable: false,
    meaning:
      'A handler, decide, evolve, upcaster or projection threw. Nothing of its message or command was stored; see the cause.',
  },
  STATEMENT_FAILED: {
    retryable: false,
    meaning:
      'PostgreSQL refused a statement for a reason that repeating does not cure. Nothing of the message or command was stored; see the cause.',
  },
  UNKNOWN_COMMAND: { retryable: false, meaning: 'The aggregate has no decide function of that name.' },
  UNKNOWN_EVENT: {
    retryable: false,
    meaning:
      'The aggregate has no evolve function for a stored or decided event, or a newer program wrote it in a type or revision that this one does not know.',
  },
  UNKNOWN_SAGA: { retryable: false, meaning: 'The store was not given this saga.' },
  UNKNOWN_DEADLINE: {
    retryable: false,
    meaning:
      'The saga has no deadline, or the aggregate no command, of that name. A stored deadline stays where it is.',
  },
  UNREADABLE_STATE: {
    retryable: false,
    meaning:
      'A saga was stored with a revision of its state that this process does not know: a newer version of the service wrote it.',
  },
  SAGA_LOOP: {
    retryable: false,
    meaning: 'Commands of sagas lead to events that lead to commands without an end. Nothing was stored.',
  },
  SAGA_COMMAND_REJECTED: {
    retryable: false,
    meaning:
      "An aggregate rejected a saga's command and the saga does not say what to do then. Nothing of the event that led to it was stored.",
  },
  UNKNOWN_AGGREGATE: { retryable: false, meaning: 'The store was not given this aggregate.' },
  CORRUPT_STREAM: { retryable: false, meaning: 'The stored versions of a stream have a gap.' },
  INVALID_DEFINITION: {
    retryable: false,
    meaning: 'An aggregate, table, option or statement is not usable as written.',
  },
  REBUILD_RUNNING: {
    retryable: true,
    meaning:
      'The projection is being rebuilt already, or others did not let go of its tables in time. Nothing was changed.',
  },
  NOT_REBUILDABLE: {
    retryable: false,
    meaning:
      'A projection is not a function of the events alone, or does not name the tables that it writes: what it would rebuild could not be trusted. Nothing was changed.',
  },
  UNKNOWN_QUERY: { retryable: false, meaning: 'The query bus has no handler of that name.' },
  MALFORMED_TOKEN: {
    retryable: false,
    meaning: 'A version token is not one that a command bus gave out. Pass it on unchanged, or leave it out.',
  },
  UNKNOWN_SEGMENT: { retryable: false, meaning: 'The tracking processor has no such segment; its status lists them.' },
  PROCESSOR_BUSY: {
    retryable: true,
    meaning:
      'The segments of a tracking processor changed meanwhile, replay, or are still levelling a merge. Nothing was changed; look at its status and try again.',
  },
  INVALID_ARGUMENT: { retryable: false, meaning: 'A call was made with values that cannot be stored.' },
} as const satisfies Record<string, ErrorKind>

export type CqrsErrorCode = keyof typeof CQRS_ERRORS

export class CqrsError extends Error {
  override readonly name = 'CqrsError'
  readonly code: CqrsErrorCode
  readonly retryable: boolean

  constructor(code: CqrsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = CQRS_ERRORS[code].retryable
  }
}
