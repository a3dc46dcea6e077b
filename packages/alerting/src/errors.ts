interface ErrorKind {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
  readonly meaning: string
}

/** The one table of codes of this package. */
export const ALERTING_ERRORS = {
  PROMQL_SYNTAX: { retryable: false, meaning: 'The expression is not PromQL; the message says where.' },
  PROMQL_UNSUPPORTED: {
    retryable: false,
    meaning:
      'The expression is PromQL, but uses a part of it that is not evaluated here; the message says which and where.',
  },
  PROMQL_TYPE: { retryable: false, meaning: 'A part of the expression has another type than its place needs.' },
  PROMQL_MATCHING: {
    retryable: false,
    meaning: 'The series of both sides of an operator do not match one to one, and nothing says which side has many.',
  },
  RULE_FILE_INVALID: {
    retryable: false,
    meaning: 'The file is not a rule file as Prometheus reads it, or has what is not supported here.',
  },
  MATCHER_INVALID: { retryable: false, meaning: 'The text is not a matcher as Alertmanager reads it.' },
  INHIBIT_RULES_INVALID: {
    retryable: false,
    meaning: 'The inhibit_rules are not as Alertmanager reads them, or have what is not supported here.',
  },
  TEMPLATE_INVALID: {
    retryable: false,
    meaning: 'The text of a label or annotation has a template that is not understood.',
  },
  DUPLICATE_ALERT: {
    retryable: false,
    meaning: 'An alert rule gives two alerts with the same labels; add the label that tells them apart.',
  },
  EXPOSITION_INVALID: { retryable: false, meaning: 'What was scraped is not in the text format of Prometheus.' },
  ALERT_NOT_FOUND: { retryable: false, meaning: 'No alert with this fingerprint is firing.' },
  SILENCE_NOT_FOUND: { retryable: false, meaning: 'There is no silence of this id.' },
  SILENCE_INVALID: {
    retryable: false,
    meaning: 'A silence needs matchers that do not fit everything, and an end in the future.',
  },
  NOTIFICATION_REFUSED: { retryable: true, meaning: 'The receiver of a notification did not take it.' },
} as const satisfies Record<string, ErrorKind>

export type AlertingErrorCode = keyof typeof ALERTING_ERRORS

export class AlertingError extends Error {
  override readonly name = 'AlertingError'
  readonly code: AlertingErrorCode
  readonly retryable: boolean

  constructor(code: AlertingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = ALERTING_ERRORS[code].retryable
  }
}
