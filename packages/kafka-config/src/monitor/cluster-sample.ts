import type { TopicPartition } from '../listener/listener-types.ts'

/** What was seen of a cluster at one time. What could not be asked is left out, and `problems` says why. */
export interface ClusterSample {
  /** When the offsets of the groups had been read. Milliseconds since 1970. */
  readonly atMs: number
  /** Those that answer as members of the cluster; empty: none does. */
  readonly brokers: readonly BrokerSample[]
  readonly topics: readonly TopicSample[]
  /** In the order of their names. */
  readonly groups: readonly ConsumerGroupSample[]
  /** One line each. */
  readonly problems: readonly string[]
}

export interface BrokerSample {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

export interface TopicSample {
  readonly topic: string
  /** The broker's own, such as __consumer_offsets. */
  readonly internal: boolean
  readonly partitions: readonly PartitionSample[]
}

export interface PartitionSample extends TopicPartition {
  /** Node id; -1: no broker leads it, and nobody can write to it or read it. */
  readonly leader: number
  /** Node ids, the preferred leader first. */
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  /** Offset of the first record that is still there. */
  readonly logStart: bigint | undefined
  /** Offset after the last record (high watermark). */
  readonly head: bigint | undefined
}

export interface ConsumerGroupSample {
  readonly group: string
  /** Kafka's own word: Stable, Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Dead. */
  readonly state: string
  readonly members: readonly MemberSample[]
  /** Those that have a committed offset or a member. */
  readonly partitions: readonly GroupPartitionSample[]
}

export interface MemberSample {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  readonly partitions: readonly TopicPartition[]
}

export interface GroupPartitionSample extends TopicPartition {
  /** Offset of the next record to read; null: none was ever committed. */
  readonly committed: bigint | null
  readonly logStart: bigint
  readonly head: bigint
  /** Records that wait; without a committed offset all that are there. Never negative: committed offsets are read before heads. */
  readonly lag: bigint
  /**
   * How long the first record that waits has been there; 0 when none does. undefined: its time could not be read, or nobody is about to read it, as the
   * group reads other partitions now.
   */
  readonly lagSeconds: number | undefined
}

export const EMPTY_SAMPLE: ClusterSample = { atMs: 0, brokers: [], topics: [], groups: [], problems: [] }
