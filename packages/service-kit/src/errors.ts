interface ErrorKind {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
  readonly meaning: string
}

/** What the kit throws beside problems (see `http/problem-codes.ts`), which are answers to a caller. */
export const SERVICE_KIT_ERRORS = {
  INVALID_DATABASE_URL: {
    retryable: false,
    meaning: 'The database URL is not of the form postgres://user:password@host:port/database.',
  },
  MIGRATION_FAILED: {
    retryable: false,
    meaning: 'A migration failed; its transaction was rolled back. The cause is PostgreSQL’s own message.',
  },
  DUPLICATE_MIGRATION: { retryable: false, meaning: 'Two migrations have the same name.' },
  NUMBER_NOT_EXACT: {
    retryable: false,
    meaning: 'PostgreSQL returned a bigint that a number cannot hold; select it as text.',
  },
  UNDECODABLE: {
    retryable: false,
    meaning: 'A record is not a message that the service can read; the message begins with the decoder’s own code.',
  },
  BROKER_AWAY: { retryable: true, meaning: 'No Kafka broker answers.' },
  NO_SUCH_FAULT: { retryable: false, meaning: 'There is no fault switch of this name, or it has no such effect.' },
  FAULT_INJECTED: {
    retryable: true,
    meaning: 'Somebody has set a fault switch (`faults.enabled`), so this failed on purpose.',
  },
  STOPPED: { retryable: true, meaning: 'The service was stopped before it had what it waited for.' },
  ROUTE_WITHOUT_ACCESS: {
    retryable: false,
    meaning: 'A service that asks for tokens has a route that does not say who may call it; it does not start.',
  },
  OPEN_TO_OTHERS: {
    retryable: false,
    meaning:
      'A service that other machines can reach has no issuer of tokens, so anybody could call it; it does not start.',
  },
  ADDRESS_IN_USE: { retryable: false, meaning: 'Another process listens on the HTTP port.' },
} as const satisfies Record<string, ErrorKind>

export type ServiceKitErrorCode = keyof typeof SERVICE_KIT_ERRORS

export class ServiceKitError extends Error {
  override readonly name = 'ServiceKitError'
  readonly code: ServiceKitErrorCode
  readonly retryable: boolean

  constructor(code: ServiceKitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = SERVICE_KIT_ERRORS[code].retryable
  }
}
