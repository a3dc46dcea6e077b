/** A business "no". It is an answer, not an error: nothing is thrown, nothing is stored. */
export interface Rejection<Code extends string = string> {
  /** Code that callers can switch on, e.g. `OUT_OF_STOCK`. */
  readonly rejected: Code
  /** One sentence for people. */
  readonly message: string
  /** Facts that the caller may need, e.g. `{ available: 3 }`. JSON. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Rejections that the kernel decides, whatever the aggregate:
 * - AGGREGATE_NOT_FOUND, AGGREGATE_EXISTS: the aggregate's `creation` says that the command needs a stream, or that it begins one. Details: `aggregate`, `id`.
 * - AGGREGATE_DELETED: the aggregate's `ended` says that its life is over. Details: `aggregate`, `id`.
 * - VERSION_CONFLICT: the stream is not at the `expectedVersion` of the command. Details: `aggregate`, `id`, `expected`, `actual`.
 * - IDEMPOTENCY_KEY_REUSED: the key stands for another request. Details: `key`.
 */
export const KERNEL_REJECTIONS = [
  'AGGREGATE_NOT_FOUND',
  'AGGREGATE_EXISTS',
  'AGGREGATE_DELETED',
  'VERSION_CONFLICT',
  'IDEMPOTENCY_KEY_REUSED',
] as const
export type KernelRejection = Rejection<(typeof KERNEL_REJECTIONS)[number]>

export function reject<const Code extends string>(
  code: Code,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): Rejection<Code> {
  return details === undefined ? { rejected: code, message } : { rejected: code, message, details }
}

export function isRejection(decision: unknown): decision is Rejection {
  return typeof decision === 'object' && decision !== null && 'rejected' in decision
}
