import type { RememberedAlert } from './notification-payload.ts'

export interface NotificationTimings {
  /** How long the first notification of a group waits for further alerts of it. Milliseconds. */
  readonly groupWaitMs: number
  /** Least time between two notifications of a group when alerts have come or gone. Milliseconds. */
  readonly groupIntervalMs: number
  /** After this time a group that still fires, and that nobody has acknowledged, is told again. Milliseconds. */
  readonly repeatIntervalMs: number
}

/** Alertmanager waits for 30 s and 5 min; there are fewer alerts here, and people look on. */
export const NOTIFICATION_TIMINGS: NotificationTimings = {
  groupWaitMs: 10_000,
  groupIntervalMs: 60_000,
  repeatIntervalMs: 14_400_000,
}

/** An alert that fires and that neither a silence nor another alert holds back. */
export interface CurrentAlert extends RememberedAlert {
  readonly acknowledged: boolean
}

/** What the receiver was told last about a group. */
export interface ToldBefore {
  readonly firing: readonly RememberedAlert[]
  readonly atMs: number
}

export interface PlannedNotification {
  readonly firing: readonly RememberedAlert[]
  readonly resolved: readonly RememberedAlert[]
}

/**
 * What is to be told about a group now, if anything: that it fires, that alerts of it have come or gone, that it is over, or, once in a while, that it
 * still fires.
 *
 * @param isOver Whether an alert that was told of fires no more. One that does, but is not in `current`, is held back: nobody is told that it was resolved.
 */
export function planNotification(
  current: readonly CurrentAlert[],
  before: ToldBefore | undefined,
  isOver: (fingerprint: string) => boolean,
  nowMs: number,
  timings: NotificationTimings,
): PlannedNotification | undefined {
  const firing = current.map(({ acknowledged: _, ...alert }) => alert)
  if (before === undefined) {
    const firstMs = Math.min(...current.map(({ firedAt }) => Date.parse(firedAt)))
    return current.length > 0 && nowMs - firstMs >= timings.groupWaitMs ? { firing, resolved: [] } : undefined
  }
  const now = new Set(current.map(({ fingerprint }) => fingerprint))
  const told = new Set(before.firing.map(({ fingerprint }) => fingerprint))
  const resolved = before.firing.filter(({ fingerprint }) => !now.has(fingerprint) && isOver(fingerprint))
  const someNew = current.some(({ fingerprint }) => !told.has(fingerprint))
  const sinceMs = nowMs - before.atMs
  const changed = (someNew || resolved.length > 0) && sinceMs >= timings.groupIntervalMs
  const reminds = current.some(({ acknowledged }) => !acknowledged) && sinceMs >= timings.repeatIntervalMs
  return changed || reminds ? { firing, resolved } : undefined
}
