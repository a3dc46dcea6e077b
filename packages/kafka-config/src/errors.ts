/** What a caller may do about a failure: `retryable` says whether the same call can succeed later without a change. */
export interface ErrorDefinition {
  readonly retryable: boolean
  readonly meaning: string
}

/** The one table of codes of this package; everything else (types, documentation) is derived from it. */
export const ERROR_CODES = {
  // configuration: found at start, all problems of a configuration in one error
  INVALID_CONFIGURATION: {
    retryable: false,
    meaning: 'spring.kafka.* is wrong; `problems` lists every fault with key, place and remedy.',
  },
  UNKNOWN_KEY: {
    retryable: false,
    meaning: 'No such spring.kafka.* or client key; the message names the nearest one.',
  },
  UNSUPPORTED_KEY: {
    retryable: false,
    meaning: 'A key of Spring or of the Java client that cannot be honoured here; the message says why.',
  },
  INVALID_VALUE: {
    retryable: false,
    meaning: 'A value of the wrong type, out of its range, or in conflict with another key.',
  },
  MISSING_VALUE: { retryable: false, meaning: 'A key that something else requires is not set.' },
  UNKNOWN_CLASS: {
    retryable: false,
    meaning: 'A serializer, deserializer, assignor or login module that does not exist here.',
  },
  UNREADABLE_FILE: { retryable: false, meaning: 'A key store, trust store or certificate cannot be read.' },

  // (de)serialization: a value of the record, never thrown into the loop
  NOT_JSON: { retryable: false, meaning: 'The bytes of a record are not one JSON text.' },
  NOT_UTF8: { retryable: false, meaning: 'The bytes of a record are not valid UTF-8.' },
  UNTRUSTED_TYPE: { retryable: false, meaning: 'The type header names a class outside spring.json.trusted.packages.' },
  NO_TYPE: { retryable: false, meaning: 'Neither header, nor property, nor a default says of which type a record is.' },
  NOT_SERIALIZABLE: { retryable: false, meaning: 'A value that has no form in the configured serializer.' },
  INVALID_HEADER: { retryable: false, meaning: 'A header whose bytes are not of the form that its codec expects.' },

  // sending
  BROKER_UNREACHABLE: { retryable: true, meaning: 'None of the bootstrap servers answers.' },
  DELIVERY_TIMEOUT: {
    retryable: true,
    meaning: 'A record was not acknowledged within delivery.timeout.ms; it may have been written.',
  },
  UNKNOWN_TOPIC: { retryable: false, meaning: 'The topic does not exist.' },
  INVALID_PARTITION: { retryable: false, meaning: 'The topic has no partition of that number.' },
  RECORD_TOO_LARGE: {
    retryable: false,
    meaning: 'A record above max.request.size, or above the limit of broker or topic.',
  },
  BUFFER_FULL: { retryable: true, meaning: 'More bytes wait to be sent than buffer.memory allows.' },
  SEND_FAILED: { retryable: false, meaning: 'The broker refused a record; `cause` says why.' },
  CLOSED: { retryable: false, meaning: 'A call on something that was closed.' },

  // listening and topics
  AUTHENTICATION_FAILED: { retryable: false, meaning: 'The broker refused the credentials.' },
  AUTHORIZATION_FAILED: { retryable: false, meaning: 'The principal lacks a right on group, topic or cluster.' },
  NO_OFFSET: { retryable: false, meaning: 'No committed offset, and auto-offset-reset=none.' },
  MISSING_TOPICS: {
    retryable: true,
    meaning: 'Topics of the listener do not exist, and missing-topics-fatal=true; or one that another is to be like.',
  },
  FENCED: {
    retryable: false,
    meaning: 'Another process took over this group.instance.id; each process of a group needs its own.',
  },
  GROUP_REFUSED: {
    retryable: false,
    meaning:
      'The group does not take this member: other assignor, or a session time-out outside the limits of the broker.',
  },
  GROUP_NOT_EMPTY: {
    retryable: true,
    meaning: 'The offsets of a group can be set only while it has no members.',
  },
  FETCH_FAILED: { retryable: true, meaning: 'Records cannot be read at the moment; `cause` says why.' },
  UNREADABLE_RECORDS: { retryable: false, meaning: 'Records in a form that this client does not know.' },
  LISTENER_FAILED: {
    retryable: true,
    meaning: 'The listener rejected a record of its batch; `cause` says why. It is handed out again, or recovered.',
  },
  TOPIC_CONFLICT: {
    retryable: false,
    meaning: 'A topic is declared in a way that the existing one cannot be brought to.',
  },
} as const satisfies Record<string, ErrorDefinition>

export type KafkaConfigErrorCode = keyof typeof ERROR_CODES

/** One fault of a configuration; `value` is masked where the key is a secret. */
export interface ConfigProblem {
  readonly code: KafkaConfigErrorCode
  readonly key: string
  readonly message: string
  readonly origin?: string
  readonly value?: string
  readonly nearest?: string
}

export interface KafkaConfigErrorOptions extends ErrorOptions {
  readonly problems?: readonly ConfigProblem[]
}

export class KafkaConfigError extends Error {
  override readonly name = 'KafkaConfigError'
  readonly code: KafkaConfigErrorCode
  /** Whether the same call can succeed later without a change. */
  readonly retryable: boolean
  /** Only of INVALID_CONFIGURATION: every fault that was found. */
  readonly problems: readonly ConfigProblem[]

  constructor(code: KafkaConfigErrorCode, message: string, options?: KafkaConfigErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = ERROR_CODES[code].retryable
    this.problems = options?.problems ?? []
  }
}
