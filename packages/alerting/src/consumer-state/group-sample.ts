/** How a consumer group is; the later in the list, the more urgent. */
export const GROUP_STATUSES = ['ok', 'falling_behind', 'rewound', 'stalled', 'stopped'] as const
export type GroupStatus = (typeof GROUP_STATUSES)[number]

/** What was seen of all groups at one time. */
export interface GroupSample {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly groups: readonly SampledGroup[]
  /** Records that handlers have in hand, where a service tells. */
  readonly inFlight?: readonly InFlightRecord[]
}

export interface SampledGroup {
  readonly group: string
  /** Kafka's word: Stable, Empty, PreparingRebalance, … */
  readonly state: string
  readonly members: number
  readonly partitions: readonly SampledPartition[]
}

export interface SampledPartition {
  readonly topic: string
  readonly partition: number
  /** Null: the group has never committed here; then everything from `logStart` waits. */
  readonly committed: bigint | null
  /** Must have been read after `committed`. */
  readonly head: bigint
  readonly logStart: bigint
}

export interface InFlightRecord {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  readonly handler: string
}

export interface GroupState {
  readonly group: string
  readonly status: GroupStatus
  /** A sentence for people. */
  readonly detail: string
  /** Where it is worst; not for a group that is ok or has stopped. */
  readonly partition?: { readonly topic: string; readonly partition: number }
}
