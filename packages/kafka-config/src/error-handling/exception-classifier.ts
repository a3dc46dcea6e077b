import { chain } from '../client/failure.ts'
import type { KafkaConfigErrorCode } from '../errors.ts'

/** A class of errors with its subclasses, or what their property `code` says: errors of one class differ by their code. */
export type ErrorKind = (abstract new (...args: never[]) => Error) | string

export interface ExceptionClassifierOptions {
  /** What an error is of which no kind is known. Default true. */
  readonly defaultRetryable?: boolean
  /** Whether the errors that no repetition can mend are known as such from the start. Default true. */
  readonly standardFatal?: boolean
}

/** Spring's DeserializationException, MessageConversionException and ConversionException are these codes of KafkaConfigError. */
const FATAL_CODES: readonly KafkaConfigErrorCode[] = [
  'NOT_JSON',
  'NOT_UTF8',
  'UNTRUSTED_TYPE',
  'NO_TYPE',
  'NOT_SERIALIZABLE',
  'INVALID_HEADER',
]

/** NoSuchMethodException, ClassCastException and MethodArgumentResolutionException: the engine's word for a mistake in the code. */
const FATAL_CLASSES: readonly ErrorKind[] = [TypeError, ReferenceError]

/**
 * Whether it may help to hand a failed record out again: Spring's ExceptionClassifier.
 *
 * An error is looked up by its code, its class, then the classes above it. If that says what is said of unknown errors too, its causes (and the
 * members of an AggregateError) are asked in turn, and the first that says otherwise decides. `fetch` reports a broken connection as
 * a TypeError with a cause: as no TypeError of the engine has one, such an error is judged by its cause alone.
 */
export class ExceptionClassifier {
  readonly #retryable = new Map<ErrorKind, boolean>()
  readonly #default: boolean

  constructor({ defaultRetryable = true, standardFatal = true }: ExceptionClassifierOptions = {}) {
    this.#default = defaultRetryable
    if (standardFatal) this.addNotRetryable(...FATAL_CODES, ...FATAL_CLASSES)
  }

  /** Nothing is retried but what is added. With `retainStandardFatal` what is fatal stays so also below an error that was added. */
  static defaultFalse(retainStandardFatal = false): ExceptionClassifier {
    return new ExceptionClassifier({ defaultRetryable: false, standardFatal: retainStandardFatal })
  }

  addNotRetryable(...kinds: readonly ErrorKind[]): this {
    for (const kind of kinds) this.#retryable.set(kind, false)
    return this
  }

  addRetryable(...kinds: readonly ErrorKind[]): this {
    for (const kind of kinds) this.#retryable.set(kind, true)
    return this
  }

  /** As if the kind had never been named, by the standard list neither. */
  removeClassification(kind: ErrorKind): this {
    this.#retryable.delete(kind)
    return this
  }

  isRetryable(error: unknown): boolean {
    for (const at of chain(error)) {
      const known = this.#lookUp(at)
      if (known !== undefined && known !== this.#default) return known
    }
    return this.#default
  }

  #lookUp(error: unknown): boolean | undefined {
    if (!(error instanceof Error)) return undefined
    const code = (error as { readonly code?: unknown }).code
    const byCode = typeof code === 'string' ? this.#retryable.get(code) : undefined
    if (byCode !== undefined) return byCode
    if (error instanceof TypeError && error.cause !== undefined) return undefined
    for (let at: unknown = error.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
      const byClass = this.#retryable.get(at as unknown as ErrorKind)
      if (byClass !== undefined) return byClass
    }
    return undefined
  }
}

/** Whether some error of the chain is of one of the kinds. */
export function isOfKind(error: unknown, kinds: readonly ErrorKind[]): boolean {
  return new ExceptionClassifier({ defaultRetryable: false, standardFatal: false })
    .addRetryable(...kinds)
    .isRetryable(error)
}
