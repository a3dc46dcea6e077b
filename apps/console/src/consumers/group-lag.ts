import type { ConsumerGroupSample } from '@stocker/kafka-config/monitor'

export interface GroupLag {
  /** Records that wait, of all partitions that the group reads. */
  readonly lag: number
  /** How long the first of them has been there; null: not known of any partition that has one. */
  readonly lagSeconds: number | null
}

/** A partition that the members left behind has no seconds and does not count. */
export function lagOf({ partitions }: Pick<ConsumerGroupSample, 'partitions'>): GroupLag {
  const seconds = partitions.flatMap(({ lagSeconds }) => lagSeconds ?? [])
  const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0n)
  return { lag: Number(lag), lagSeconds: seconds.length === 0 ? (lag === 0n ? 0 : null) : Math.max(...seconds) }
}
