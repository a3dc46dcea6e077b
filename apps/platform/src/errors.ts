/** Every way a command can fail: the process's exit code, and whether the same command may succeed when repeated. */
export const PLATFORM_ERRORS = {
  USAGE: { exitCode: 2, retryable: false },
  FOREIGN_DIRECTORY: { exitCode: 2, retryable: false },
  PREREQUISITE_MISSING: { exitCode: 3, retryable: false },
  PORT_TAKEN: { exitCode: 4, retryable: true },
  ALREADY_RUNNING: { exitCode: 5, retryable: true },
  START_FAILED: { exitCode: 5, retryable: true },
  START_ABORTED: { exitCode: 0, retryable: true },
  NOT_RUNNING: { exitCode: 5, retryable: true },
  NO_ISSUER: { exitCode: 5, retryable: false },
  REFUSED: { exitCode: 5, retryable: false },
} as const satisfies Record<string, { exitCode: number; retryable: boolean }>

export type PlatformErrorCode = keyof typeof PLATFORM_ERRORS

/** `message` says what happened, to which part, and what to do; it is printed as it is, without a stack. */
export class PlatformError extends Error {
  readonly code: PlatformErrorCode
  readonly retryable: boolean
  readonly exitCode: number

  constructor(code: PlatformErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PlatformError'
    this.code = code
    this.retryable = PLATFORM_ERRORS[code].retryable
    this.exitCode = PLATFORM_ERRORS[code].exitCode
  }
}

/** What the embedded servers' own codes mean for somebody who started the whole platform. */
const CODES_OF_SERVERS: Readonly<Record<string, PlatformErrorCode>> = {
  JAVA_MISSING: 'PREREQUISITE_MISSING',
  MAVEN_MISSING: 'PREREQUISITE_MISSING',
  KAFKA_HOME_INVALID: 'PREREQUISITE_MISSING',
  PORT_IN_USE: 'PORT_TAKEN',
}

export function toPlatformError(error: unknown, during: string): PlatformError {
  if (error instanceof PlatformError) return error
  const code = String((error as { code?: unknown } | null | undefined)?.code)
  const message = error instanceof Error ? error.message : String(error)
  return new PlatformError(CODES_OF_SERVERS[code] ?? 'START_FAILED', `${during}: ${message}`, error)
}
