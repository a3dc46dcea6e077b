/** Why an event cannot be read or written. None goes away by trying again: the record or the program has to change. */
export const CONTRACT_ERRORS = {
  NOT_AN_OBJECT: { retryable: false, meaning: 'The value of a record is not one flat JSON object' },
  UNKNOWN_EVENT_TYPE: { retryable: false, meaning: 'No contract describes the event type' },
  UNKNOWN_VERSION: { retryable: false, meaning: 'The event has a version that this program does not know' },
  SCHEMA_VIOLATION: { retryable: false, meaning: 'A field is missing or has a value that its schema forbids' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly meaning: string }>

export type ContractErrorCode = keyof typeof CONTRACT_ERRORS

/** An event that a program tried to publish and that is not as its contract says: a defect of that program. */
export class ContractError extends Error {
  readonly code: ContractErrorCode
  readonly retryable: boolean

  constructor(code: ContractErrorCode, message: string) {
    super(message)
    this.name = 'ContractError'
    this.code = code
    this.retryable = CONTRACT_ERRORS[code].retryable
  }
}
