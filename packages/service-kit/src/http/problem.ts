import type { ProblemCode, ProblemDefinition } from './problem-codes.ts'
import { PROBLEM_CODES, REJECTION_PROBLEMS } from './problem-codes.ts'

/** One place of the request that is wrong. */
export interface FieldError {
  /** `body` errors: JSON pointer as URI fragment, `#/lines/0/quantity` (RFC 6901 §6). */
  readonly pointer?: string
  /** Errors of the query, the path or the headers: the parameter's name. */
  readonly parameter?: string
  readonly in: 'body' | 'query' | 'path' | 'header'
  /** JSON Schema keyword that was violated, e.g. `required`. */
  readonly rule: string
  readonly detail: string
}

/** Members beside the standard ones; `errors` and `hint` are known to clients of every service. */
export interface ProblemExtension {
  readonly hint?: string
  readonly errors?: readonly FieldError[]
  readonly [member: string]: unknown
}

/** The answer's body, `application/problem+json` (RFC 9457). */
export interface ProblemDocument extends ProblemExtension {
  /** `urn:stocker:problem:<code in kebab case>`: stable, to be compared, not to be fetched. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Path of the request. */
  readonly instance: string
  readonly requestId: string
}

/** Thrown by a handler, answered as the problem it describes. Anything else that is thrown is answered with INTERNAL_ERROR. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: string
  readonly status: number
  readonly title: string
  readonly extension: ProblemExtension
  readonly headers: Readonly<Record<string, string>>

  constructor(
    definition: ProblemDefinition & { readonly code: string },
    detail: string,
    options: { extension?: ProblemExtension; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = definition.code
    this.status = definition.status
    this.title = definition.title
    this.extension =
      definition.hint === undefined ? (options.extension ?? {}) : { hint: definition.hint, ...options.extension }
    this.headers = options.headers ?? {}
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.status === 503 || this.status === 408
  }

  toDocument(place: { readonly instance: string; readonly requestId: string }): ProblemDocument {
    const standard = {
      type: problemType(this.code),
      title: this.title,
      status: this.status,
      code: this.code,
      detail: this.message,
      instance: place.instance,
      requestId: place.requestId,
    }
    // A detail of a rejection may be called `status` too; what clients rely on wins.
    return { ...standard, ...this.extension, ...standard }
  }
}

export function problemType(code: string): string {
  return `urn:stocker:problem:${code.toLowerCase().replaceAll('_', '-')}`
}

/** A problem of a service, without a table: `throw problem('UNKNOWN_SKU', 422, 'Unknown product', 'There is no mug-9', { sku })`. */
export function problem(
  code: string,
  status: number,
  title: string,
  detail: string,
  extension?: ProblemExtension,
): ProblemError {
  return new ProblemError({ code, status, title }, detail, extension === undefined ? {} : { extension })
}

/** A decision against a command, as aggregates and command buses give it. */
export interface RejectionLike {
  readonly rejected: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Problems<C extends string> {
  (code: C, detail: string, extension?: ProblemExtension): ProblemError
  /** The problem for a rejected command: its code from the table, or from REJECTION_PROBLEMS; otherwise 409 with the rejection's own code and message. */
  from(rejection: RejectionLike): ProblemError
}

/**
 * A service's problems, as one table:
 * `const problems = defineProblems({ UNKNOWN_SKU: { status: 422, title: 'Unknown product' } })`, then `throw problems('UNKNOWN_SKU', detail, { sku })`.
 */
export function defineProblems<const T extends Record<string, ProblemDefinition>>(
  table: T,
): Problems<keyof T & string> {
  const definitions = new Map<string, ProblemDefinition>(Object.entries({ ...REJECTION_PROBLEMS, ...table }))
  const of = (code: string, detail: string, extension?: ProblemExtension): ProblemError => {
    const definition = definitions.get(code) ?? { status: 409, title: 'The request conflicts with the present state' }
    return new ProblemError({ code, ...definition }, detail, extension === undefined ? {} : { extension })
  }
  return Object.assign(of, {
    from: (rejection: RejectionLike) => of(rejection.rejected, rejection.message, rejection.details),
  })
}

/** A problem of the kit's own table. */
export function kitProblem(
  code: ProblemCode,
  detail: string,
  options: { extension?: ProblemExtension; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
): ProblemError {
  return new ProblemError({ code, ...PROBLEM_CODES[code] }, detail, options)
}
