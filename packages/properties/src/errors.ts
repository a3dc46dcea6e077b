/** Every code of this package. None of them is cured by trying again. */
export const PROPERTIES_ERROR_CODES = {
  INVALID_PROPERTIES: 'Several problems, or one found while reading typed values; see `problems`.',
  UNREADABLE_FILE: 'A properties file is missing or cannot be read.',
  UNRESOLVED_PLACEHOLDER: 'A placeholder without default names nothing.',
  CIRCULAR_PLACEHOLDER: 'A value refers to itself, directly or through others.',
  MISSING_VALUE: 'A key without default is not set.',
  INVALID_VALUE: 'A value is not of the expected type, or out of its range.',
  UNKNOWN_KEY: 'A key below a prefix whose keys are all known.',
} as const satisfies Record<string, string>

export type PropertiesErrorCode = keyof typeof PROPERTIES_ERROR_CODES

/** One fault. `value` is masked where the key is a secret. */
export interface PropertyProblem {
  readonly code: PropertiesErrorCode
  readonly key: string
  /** The whole sentence: what is wrong, where it stands, what is expected. */
  readonly message: string
  readonly origin?: string
  readonly value?: string
  /** What would have been right: a type, a range, a list. */
  readonly expected?: string
  /** The valid key that is spelled most alike. */
  readonly nearest?: string
}

export class PropertiesError extends Error {
  override readonly name = 'PropertiesError'
  readonly code: PropertiesErrorCode
  readonly problems: readonly PropertyProblem[]
  readonly retryable = false

  constructor(problems: readonly PropertyProblem[], options?: ErrorOptions) {
    super(problems.map((problem) => problem.message).join('\n'), options)
    this.problems = problems
    const [first, ...more] = problems
    this.code = first !== undefined && more.length === 0 ? first.code : 'INVALID_PROPERTIES'
  }
}
