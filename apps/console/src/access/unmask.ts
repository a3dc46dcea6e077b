/** One thing that somebody may see as it is: `order:5c4c…`, `dead-letter:17`, `message:order-events/0/42`. */
export const SUBJECT_KINDS = ['order', 'dead-letter', 'message'] as const
export type Subject = `${(typeof SUBJECT_KINDS)[number]}:${string}`

export interface Unmasked {
  /** Until when; milliseconds since 1970. */
  allow(visitorId: string, subject: Subject, now: number): number
  has(visitorId: string, subject: Subject, now: number): boolean
}

/** More than anybody looks at within minutes; the oldest goes first. */
const MAX_ALLOWED = 10_000

/** Who sees what unmasked, in memory alone: it is over in minutes, and a restart may ask for the reason again. */
export function createUnmasked(unmaskMs: number): Unmasked {
  const allowed = new Map<string, number>()
  const keyOf = (visitorId: string, subject: Subject): string => `${visitorId} ${subject}`
  return {
    allow: (visitorId, subject, now) => {
      const until = now + unmaskMs
      allowed.delete(keyOf(visitorId, subject))
      allowed.set(keyOf(visitorId, subject), until)
      const [oldest] = allowed.keys()
      if (allowed.size > MAX_ALLOWED && oldest !== undefined) allowed.delete(oldest)
      return until
    },
    has: (visitorId, subject, now) => (allowed.get(keyOf(visitorId, subject)) ?? 0) > now,
  }
}
