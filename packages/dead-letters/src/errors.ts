interface ErrorKind {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
  readonly meaning: string
}

/** The one table of codes of this package. */
export const DEAD_LETTER_ERRORS = {
  DEAD_LETTER_NOT_FOUND: { retryable: false, meaning: 'There is no dead letter of this id.' },
  REDRIVE_NOT_FOUND: { retryable: false, meaning: 'There is no redrive of this id.' },
  EMPTY_SELECTION: {
    retryable: false,
    meaning:
      'A change needs a selection: at least one id or one filter, so that nobody changes everything by accident.',
  },
  NOTHING_TO_REDRIVE: {
    retryable: false,
    meaning: 'None of the selected dead letters can be sent again; a dry run says why of each.',
  },
  TOO_MANY_SELECTED: {
    retryable: false,
    meaning: 'More dead letters are selected than one redrive takes; narrow it down.',
  },
  WRONG_STATE: { retryable: false, meaning: 'The dead letter is in a state in which this is not possible.' },
  PAYLOAD_REFUSED: {
    retryable: false,
    meaning: 'The edited payload is not what a listener could read; nothing was changed.',
  },
  INVALID_OPTION: { retryable: false, meaning: 'An option is outside of its range.' },
} as const satisfies Record<string, ErrorKind>

export type DeadLetterErrorCode = keyof typeof DEAD_LETTER_ERRORS

export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError'
  readonly code: DeadLetterErrorCode
  readonly retryable: boolean

  constructor(code: DeadLetterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = DEAD_LETTER_ERRORS[code].retryable
  }
}
