/** A pending alert of an earlier process. */
export interface FormerPending {
  readonly fingerprint: string
  /** Since when its rule had held. Milliseconds since 1970. */
  readonly activeAtMs: number
  /** The last evaluation in which it did. Milliseconds since 1970. */
  readonly seenAtMs: number
}

export interface RestoreOptions {
  /** What was pending longer ago begins anew. Milliseconds, default 3,600,000. */
  readonly outageToleranceMs: number
  /** A restored alert does not fire sooner than so long after the restart; a rule that holds for less begins anew. Milliseconds, default 10,000. */
  readonly forGracePeriodMs: number
}

/**
 * Prometheus' `rules.alert.for-outage-tolerance` (1 h) and `rules.alert.for-grace-period` (10 min). That grace is longer than most rules of a small
 * platform hold, which would all begin anew; here everything is asked for its metrics before the first evaluation, so that two rounds are enough.
 */
export const RESTORE_DEFAULTS: RestoreOptions = { outageToleranceMs: 3_600_000, forGracePeriodMs: 10_000 }

/**
 * Since when a pending alert counts as active whose rule holds again after a restart, as in Prometheus (`RestoreForState` of its rules/group.go): the time of
 * the outage does not count as held. Undefined: from now on.
 */
export function restoredActiveAtMs(
  { activeAtMs, seenAtMs }: Omit<FormerPending, 'fingerprint'>,
  forMs: number,
  nowMs: number,
  { outageToleranceMs, forGracePeriodMs }: RestoreOptions,
): number | undefined {
  if (forMs < forGracePeriodMs || nowMs - seenAtMs > outageToleranceMs) return undefined
  const remainingMs = forMs - (seenAtMs - activeAtMs)
  if (remainingMs <= 0) return activeAtMs
  return remainingMs < forGracePeriodMs ? nowMs + forGracePeriodMs - forMs : activeAtMs + (nowMs - seenAtMs)
}
