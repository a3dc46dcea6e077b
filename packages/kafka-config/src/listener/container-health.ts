import type { CircuitReport } from '../circuit-breaker/circuit-breaker.ts'
import type { InHand } from './batch-delivery.ts'
import type { ContainerHealth, ContainerState } from './listener-types.ts'
import type { BlockedPartition } from './retry-strategy.ts'

/** What a container knows of itself at one moment; times in milliseconds since 1970. */
export interface ContainerSigns {
  readonly now: number
  readonly state: ContainerState
  readonly detail: string
  readonly assigned: boolean
  readonly assignments: number
  /** Why it stopped for good. */
  readonly failure: string | undefined
  /** Why the broker does not answer as it should, and whether that has taken long. */
  readonly trouble: string | undefined
  readonly unreachable: boolean
  readonly blocked: BlockedPartition | undefined
  readonly inHand: InHand | undefined
  readonly circuit: CircuitReport
  /** Records that wait in partitions that are not paused. */
  readonly waiting: bigint
  readonly lastProgressAt: number | undefined
  /** Since when nothing has kept it from handing records out. */
  readonly freeSince: number
  readonly lastError: string | undefined
  readonly stalledAfterMs: number
  readonly maxPollIntervalMs: number
}

const SERVES: ReadonlySet<ContainerState> = new Set(['running', 'backing-off', 'circuit-open', 'paused', 'rebalancing'])

/** Up: it does its work, or is kept from it for a short time or on purpose. Down says why. */
export function containerHealth(signs: ContainerSigns): ContainerHealth {
  const { state, failure, trouble, unreachable, lastError, circuit } = signs
  const serves = SERVES.has(state)
  const stalled = serves ? stalledBecause(signs) : undefined
  // Its reason changes with each probe.
  let detail = state === 'circuit-open' ? `waits for ${circuit.dependency}: ${circuit.reason}` : signs.detail
  if (failure !== undefined) detail = failure
  else if (trouble !== undefined && (unreachable || !serves)) detail = `${detail}: ${trouble}`
  else if (stalled !== undefined) detail = stalled
  return {
    up: serves && signs.assigned && stalled === undefined && !unreachable,
    live: !hangs(signs),
    state,
    detail,
    lastProgressAt: signs.lastProgressAt,
    ...(lastError !== undefined && { lastError }),
    assignments: signs.assignments,
    circuit,
  }
}

/** Its time is long up and its partitions are another's: only the end of the process ends it. */
function hangs({ inHand, now, maxPollIntervalMs }: ContainerSigns): boolean {
  return inHand !== undefined && now - inHand.since > maxPollIntervalMs
}

/** What has taken too long, if anything has. */
function stalledBecause(signs: ContainerSigns): string | undefined {
  const { now, stalledAfterMs, blocked, inHand, circuit, state, waiting } = signs
  const isLong = (since: number) => now - since > stalledAfterMs
  const seconds = (since: number) => `${Math.round((now - since) / 1000)} s`
  if (inHand && isLong(inHand.since)) return `the batch in hand has taken ${seconds(inHand.since)}`
  if (state === 'circuit-open') {
    const { since = now, dependency, reason } = circuit
    return isLong(since) ? `${dependency} has been away for ${seconds(since)}: ${reason}` : undefined
  }
  if (state === 'paused' || state === 'rebalancing') return undefined
  if (blocked) {
    if (!isLong(blocked.since)) return undefined
    return `${blocked.name} has been ${blocked.why} for ${seconds(blocked.since)}${reasonOf(blocked)}`
  }
  const since = Math.max(signs.lastProgressAt ?? 0, signs.freeSince)
  if (waiting === 0n || !isLong(since)) return undefined
  return `no record was handled for ${seconds(since)}, and ${waiting} wait`
}

/** An error of a listener may quote its record, and whoever asks for health may read `detail`: the error's text is in `lastError` alone. */
export const reasonOf = ({ why, detail }: BlockedPartition): string => (why === 'failing' ? '' : `: ${detail}`)
