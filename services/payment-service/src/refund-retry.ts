export interface RefundRetryOptions {
  /** After the first refusal; doubles with each. Milliseconds. */
  readonly retryDelayMs: number
  /** Milliseconds. */
  readonly maxRetryDelayMs: number
  /** Default: the time of this machine. */
  readonly now?: () => Date
}

/** When to ask again for a refund that was refused so many times, from 1. */
export const refundRetryTimes =
  ({ retryDelayMs, maxRetryDelayMs, now = () => new Date() }: RefundRetryOptions) =>
  (attempts: number): Date =>
    new Date(now().getTime() + Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (attempts - 1)))
