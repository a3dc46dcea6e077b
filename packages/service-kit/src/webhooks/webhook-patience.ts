export interface WebhookPatience {
  /** Attempts, default 40: one that fails for the last of them is given up. With the default delays that is after 27 hours. */
  readonly maxAttempts: number
  /**
   * Refusals, default 14: one that its receiver refuses for the last of them is given up, too, as it will be refused the next time (4xx other than 408 and
   * 429). With the default delays that takes 68 minutes or more, in which somebody may mend a secret or a path.
   */
  readonly maxRefusals: number
}

export const WEBHOOK_PATIENCE: WebhookPatience = { maxAttempts: 40, maxRefusals: 14 }

export interface WebhookFailure {
  /** Of the answer, if there was one. */
  readonly status?: number
  readonly reason: string
}

/** By Standard Webhooks: the receiver wants no more of them. */
const GONE = 410
/** What will be otherwise later, whatever the message: 408 Request Timeout, 429 Too Many Requests. */
const NOT_NOW: readonly number[] = [408, 429]

/** Whether the receiver will say the same the next time. */
export const isRefusal = ({ status = 0 }: WebhookFailure): boolean =>
  status >= 400 && status < 500 && !NOT_NOW.includes(status)

/**
 * Whether an attempt that failed is the last one; it is counted in `attempts` and, where it was refused, in `refusals`. They are counted and not the time:
 * a sender that was away for days has not tried.
 */
export const isHopeless = (
  failure: WebhookFailure,
  { attempts, refusals }: { readonly attempts: number; readonly refusals: number },
  { maxAttempts, maxRefusals }: WebhookPatience,
): boolean => failure.status === GONE || attempts >= maxAttempts || (isRefusal(failure) && refusals >= maxRefusals)
