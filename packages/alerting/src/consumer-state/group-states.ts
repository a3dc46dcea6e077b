import type { GroupSample, GroupState, GroupStatus, InFlightRecord, SampledGroup } from './group-sample.ts'
import { GROUP_STATUSES } from './group-sample.ts'
import type { Position, PositionRules } from './partition-history.ts'
import { positionOf, statusOfHistory } from './partition-history.ts'

export interface GroupStatesOptions {
  /** Samples that are looked back on. Default 12: a minute at one every 5 s. */
  readonly samples?: number
  /** Part of them that must be there before a group can be behind or rewound; 0 to 1, default 0.5. */
  readonly minimumComplete?: number
  /** Records that the lag must have grown by over the window, without ever falling, to be called growing. Default 20. */
  readonly growth?: number
  /** How long a group may be busy with itself (rebalancing) while records wait. Milliseconds, default 60,000. */
  readonly unsettledMs?: number
}

export const GROUP_STATES_DEFAULTS = { samples: 12, minimumComplete: 0.5, growth: 20, unsettledMs: 60_000 } as const

/** Follows all consumer groups; what it keeps is `samples` positions for each of their partitions. */
export interface GroupStates {
  /** One more look. A group or partition that it does not name any more is forgotten. */
  sample(sample: GroupSample): void
  /** By group; `nowMs` is for the ages in the sentences. */
  states(nowMs: number): readonly GroupState[]
  /** Somebody sets the offsets of the group back on purpose: it is not called rewound before `untilMs`. */
  expectRewind(group: string, untilMs: number): void
}

interface Followed {
  seen: SampledGroup
  /** Since when it has been in no state in which it consumes. */
  unsettledSinceMs: number | undefined
  histories: Map<string, Position[]>
}

export function createGroupStates(options: GroupStatesOptions = {}): GroupStates {
  const rules = { ...GROUP_STATES_DEFAULTS, ...options }
  const expected = new Map<string, number>()
  let followed = new Map<string, Followed>()
  let inFlight: readonly InFlightRecord[] = []
  let sampledAtMs = 0

  return {
    sample: (sample) => {
      sampledAtMs = sample.atMs
      inFlight = sample.inFlight ?? []
      followed = new Map(
        sample.groups.map((group) => [
          group.group,
          follow(followed.get(group.group), group, sample.atMs, rules.samples),
        ]),
      )
    },
    states: (nowMs) => {
      for (const [group, untilMs] of expected) if (untilMs <= sampledAtMs) expected.delete(group)
      return [...followed.values()].map((group) =>
        stateOf(group, { rules, sampledAtMs, nowMs, inFlight, rewindExpected: expected.has(group.seen.group) }),
      )
    },
    expectRewind: (group, untilMs) => {
      expected.set(group, untilMs)
    },
  }
}

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}/${partition}`

function follow(before: Followed | undefined, seen: SampledGroup, atMs: number, samples: number): Followed {
  const settled = seen.state === 'Stable'
  return {
    seen,
    unsettledSinceMs: settled ? undefined : (before?.unsettledSinceMs ?? atMs),
    histories: new Map(
      seen.partitions.map((partition) => {
        const place = placeOf(partition)
        const history = [...(before?.histories.get(place) ?? []), positionOf(partition, atMs)]
        return [place, history.slice(-samples)]
      }),
    ),
  }
}

interface Circumstances {
  readonly rules: PositionRules & { readonly unsettledMs: number }
  readonly sampledAtMs: number
  readonly nowMs: number
  readonly inFlight: readonly InFlightRecord[]
  readonly rewindExpected: boolean
}

function stateOf(group: Followed, circumstances: Circumstances): GroupState {
  const { seen, histories } = group
  const stopped = stoppedBecause(group, circumstances)
  if (stopped !== undefined) return { group: seen.group, status: 'stopped', detail: stopped }
  let worst: { readonly place: Place; readonly status: GroupStatus } | undefined
  for (const { topic, partition } of seen.partitions) {
    const history = histories.get(placeOf({ topic, partition })) ?? []
    const status = statusOfHistory(history, circumstances.rules)
    if (status === 'ok' || (status === 'rewound' && circumstances.rewindExpected)) continue
    if (worst === undefined || GROUP_STATUSES.indexOf(status) > GROUP_STATUSES.indexOf(worst.status)) {
      worst = { place: { topic, partition, history }, status }
    }
  }
  if (worst === undefined) return { group: seen.group, status: 'ok', detail: okSentence(waiting(group)) }
  const { place, status } = worst
  const { topic, partition } = place
  return {
    group: seen.group,
    status,
    detail: SENTENCES[status as keyof typeof SENTENCES](place, seen.group, circumstances),
    partition: { topic, partition },
  }
}

interface Waiting {
  readonly records: number
  readonly topics: readonly string[]
}

function waiting({ seen, histories }: Followed): Waiting {
  const behind = seen.partitions.flatMap((partition) => {
    const lag = histories.get(placeOf(partition))?.at(-1)?.lag ?? 0
    return lag > 0 ? [{ topic: partition.topic, lag }] : []
  })
  return {
    records: behind.reduce((sum, { lag }) => sum + lag, 0),
    topics: [...new Set(behind.map(({ topic }) => topic))],
  }
}

function stoppedBecause(group: Followed, { rules, sampledAtMs, nowMs }: Circumstances): string | undefined {
  const { records, topics } = waiting(group)
  if (records === 0) return undefined
  const { group: name, members, state } = group.seen
  const rest = `${counted(records, 'record')} of ${topics.join(', ')} ${records === 1 ? 'waits' : 'wait'}.`
  if (members === 0) return `${name} has no members; ${rest}`
  const since = group.unsettledSinceMs
  // By the time of the sample: a monitor that is cut off must not turn a short rebalance into a long one.
  if (since === undefined || sampledAtMs - since < rules.unsettledMs) return undefined
  return `${name} has been in state ${state} for ${seconds(nowMs - since)} and consumes nothing; ${rest}`
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly history: readonly Position[]
}

const SENTENCES = {
  stalled: (place: Place, group: string, { inFlight, nowMs }: Circumstances): string => {
    const { first, last } = ends(place)
    const held = inFlight
      .filter(
        (record) => record.group === group && record.topic === place.topic && record.partition === place.partition,
      )
      .toSorted((a, b) => a.sinceMs - b.sinceMs)[0]
    const wait = `${counted(last.lag, 'record')} of ${placeOf(place)} ${last.lag === 1 ? 'waits' : 'wait'}`
    if (held === undefined) return `${wait}, and offset ${last.offset} has stood for ${seconds(nowMs - first.atMs)}.`
    return `Handler ${held.handler} has held offset ${held.offset} of ${placeOf(place)} for ${seconds(nowMs - held.sinceMs)}; ${wait}.`
  },
  rewound: (place: Place): string => {
    const highest = place.history.reduce((high, { offset }) => (offset > high ? offset : high), 0n)
    const { last } = ends(place)
    return `The offset of ${placeOf(place)} was set back from ${highest}; it is ${last.offset} now, and ${counted(last.lag, 'record')} ${last.lag === 1 ? 'is' : 'are'} read again.`
  },
  falling_behind: (place: Place): string => {
    const { first, last } = ends(place)
    return `The lag of ${placeOf(place)} grew from ${first.lag} to ${last.lag} within ${seconds(last.atMs - first.atMs)} and never fell.`
  },
} as const

function ends({ history }: Place): { readonly first: Position; readonly last: Position } {
  const nothing: Position = { atMs: 0, offset: 0n, lag: 0 }
  return { first: history[0] ?? nothing, last: history.at(-1) ?? nothing }
}

function okSentence({ records }: Waiting): string {
  return records === 0 ? 'Nothing waits.' : `${counted(records, 'record')} ${records === 1 ? 'is' : 'are'} on the way.`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1_000))} s`
