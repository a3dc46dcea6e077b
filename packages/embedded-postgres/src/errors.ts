export const EMBEDDED_POSTGRES_ERRORS = {
  /** An option has no sensible meaning. */
  INVALID_OPTION: { retryable: false },
  /** There is no PostgreSQL for this system, or npm did not install it. */
  BINARIES_MISSING: { retryable: false },
  /** Running as root, and no other user is there to run PostgreSQL as. */
  USER_MISSING: { retryable: false },
  /** Another living process runs a server on this data directory. */
  DATA_DIR_IN_USE: { retryable: false },
  /** The data directory cannot be made, written to or read by this user. */
  DATA_DIR_UNUSABLE: { retryable: false },
  /** The data directory was made by another major version. */
  VERSION_MISMATCH: { retryable: false },
  /** The data directory could not be set up. */
  INIT_FAILED: { retryable: false },
  /** Something else listens on the port. */
  PORT_IN_USE: { retryable: false },
  /** The server refuses user and password: the data directory was set up with others. */
  LOGIN_REFUSED: { retryable: false },
  /** The server ended before it was ready. */
  START_FAILED: { retryable: false },
  /** The server runs, but was not ready within the limit; it was ended. */
  START_TIMED_OUT: { retryable: true },
} as const

export type EmbeddedPostgresErrorCode = keyof typeof EMBEDDED_POSTGRES_ERRORS

/** Says what happened, to which directory or port, and what to do about it; `serverLines` are the server's own last words. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode
  readonly retryable: boolean
  /** The last useful lines of the log, oldest first. They stand in the message too. */
  readonly serverLines: readonly string[]

  constructor(
    code: EmbeddedPostgresErrorCode,
    message: string,
    details: { readonly cause?: unknown; readonly serverLines?: readonly string[] } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'EmbeddedPostgresError'
    this.code = code
    this.retryable = EMBEDDED_POSTGRES_ERRORS[code].retryable
    this.serverLines = details.serverLines ?? []
  }
}
