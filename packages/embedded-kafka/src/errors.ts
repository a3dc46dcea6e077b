export const EMBEDDED_KAFKA_ERRORS = {
  /** An option has no sensible meaning. */
  INVALID_OPTION: { retryable: false },
  /** No Java, or one older than 17. */
  JAVA_MISSING: { retryable: false },
  /** Neither Maven nor KAFKA_HOME, and nothing in the cache. */
  MAVEN_MISSING: { retryable: false },
  /** KAFKA_HOME does not hold a Kafka. */
  KAFKA_HOME_INVALID: { retryable: false },
  /** Maven could not fetch the broker. */
  DOWNLOAD_FAILED: { retryable: true },
  /** Another living process runs a broker on this data directory. */
  DATA_DIR_IN_USE: { retryable: false },
  /** The data directory cannot be made or written to. */
  DATA_DIR_UNUSABLE: { retryable: false },
  /** The data directory could not be formatted. */
  FORMAT_FAILED: { retryable: false },
  /** Something else listens on the port. */
  PORT_IN_USE: { retryable: false },
  /** Java failed before or instead of the broker: wrong jvmOptions, not enough memory, a crash of the virtual machine. */
  JVM_FAILED: { retryable: false },
  /** The broker ended before it was ready. */
  START_FAILED: { retryable: false },
  /** The broker runs, but did not answer within the limit; it was ended. */
  START_TIMED_OUT: { retryable: true },
} as const

export type EmbeddedKafkaErrorCode = keyof typeof EMBEDDED_KAFKA_ERRORS

/** Says what happened, to which directory or port, and what to do about it; `brokerLines` are the broker's own last words. */
export class EmbeddedKafkaError extends Error {
  readonly code: EmbeddedKafkaErrorCode
  readonly retryable: boolean
  /** The last useful lines of the log, oldest first. They stand in the message too. */
  readonly brokerLines: readonly string[]

  constructor(
    code: EmbeddedKafkaErrorCode,
    message: string,
    details: { readonly cause?: unknown; readonly brokerLines?: readonly string[] } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'EmbeddedKafkaError'
    this.code = code
    this.retryable = EMBEDDED_KAFKA_ERRORS[code].retryable
    this.brokerLines = details.brokerLines ?? []
  }
}
