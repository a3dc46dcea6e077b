export interface WebhookPatience {
  /** Attempts, default 40: one that fails for the last of them is given up. With the default delays that is after 27 hours. */
  readonly maxAttempts: number
  /**
   * Attempts, default 14: likewise for one that its receiver refuses, as it will the next time (4xx other than 408 and 429). With the default delays that
   * is after 68 minutes, in which somebody may mend a secret or a path.
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

/**
 * Whether an attempt that failed is the last one. Attempts are counted and not the time: a sender that was away for days has not tried.
 */
export const isHopeless = (
  { status = 0 }: WebhookFailure,
  attempts: number,
  { maxAttempts, maxRefusals }: WebhookPatience,
): boolean => {
  if (status === GONE || attempts >= maxAttempts) return true
  return status >= 400 && status < 500 && !NOT_NOW.includes(status) && attempts >= maxRefusals
}
