import type { Cluster } from '../client/cluster.ts'
import { reason } from '../client/failure.ts'
import { partitionName, recordName } from '../listener/listener-types.ts'
import type { ClusterSample, ConsumerGroupSample, PartitionSample, TopicSample } from './cluster-sample.ts'
import type { PartitionLagOfGroup } from './group-lags.ts'
import { lagsOf } from './group-lags.ts'
import type { KnownGroup } from './group-requests.ts'
import { groupsOf } from './group-requests.ts'
import type { LastAssignments } from './last-assignments.ts'
import { partitionOffsets } from './partition-offsets.ts'
import type { RecordTimes } from './record-times.ts'

/** What is kept from one look to the next. */
export interface SampleMemory {
  readonly times: RecordTimes
  readonly assignments: LastAssignments
}

/** More are of no use to anybody. */
const MAX_PROBLEMS = 20

/**
 * One look at a cluster: what the groups have committed first and the heads of the partitions after, so that no lag is negative; then the time of the first
 * record that waits, where one does.
 * @throws KafkaConfigError BROKER_UNREACHABLE, AUTHENTICATION_FAILED when no broker answers at all
 */
export async function sampleCluster(
  cluster: Cluster,
  { times, assignments }: SampleMemory,
  timeoutMs: number,
): Promise<ClusterSample> {
  const problems: string[] = []
  const tell = (problem: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem)
  }
  const { brokers, topics: described } = await cluster.describe(timeoutMs)
  const answers = await Promise.all(
    brokers.map(async ({ nodeId, host, port }) => {
      try {
        return await groupsOf(await cluster.connectionTo(nodeId), timeoutMs)
      } catch (error) {
        tell(`broker ${nodeId} (${host}:${port}) did not tell its groups: ${reason(error)}`)
        return []
      }
    }),
  )
  const groups = answers.flat().sort((a, b) => (a.group < b.group ? -1 : 1))
  const atMs = Date.now()
  const topics = await withOffsets(cluster, described, timeoutMs, tell)
  const partitions = new Map(
    topics.flatMap((topic) => topic.partitions.map((partition) => [partitionName(partition), partition] as const)),
  )
  const lastRead = assignments.update(groups)
  const lags = groups.map((group) => ({ group, lags: lagsOf(group, partitions, lastRead.get(group.group)) }))
  const wanted = lags.flatMap((each) =>
    each.lags
      .filter(({ lag, isRead }) => lag > 0n && isRead)
      .map((lag) => ({ ...placeOf(lag), leader: partitions.get(partitionName(lag))?.leader ?? -1 })),
  )
  const written = await times.read(cluster, wanted, tell)
  return { atMs, brokers, topics, groups: lags.map((each) => finished(each, written, atMs)), problems }
}

const placeOf = ({ topic, partition, nextOffset: offset }: PartitionLagOfGroup) => ({ topic, partition, offset })

async function withOffsets(
  cluster: Cluster,
  topics: readonly TopicSample[],
  timeoutMs: number,
  tell: (problem: string) => void,
): Promise<readonly TopicSample[]> {
  const all = topics.flatMap(({ partitions }) => partitions)
  const [starts, heads] = await Promise.all([
    partitionOffsets(cluster, all, 'earliest', timeoutMs, tell),
    partitionOffsets(cluster, all, 'latest', timeoutMs, tell),
  ])
  const complete = (partition: PartitionSample): PartitionSample => {
    const name = partitionName(partition)
    return { ...partition, logStart: starts.get(name), head: heads.get(name) }
  }
  return topics.map((topic) => ({ ...topic, partitions: topic.partitions.map(complete) }))
}

function finished(
  { group, lags }: { readonly group: KnownGroup; readonly lags: readonly PartitionLagOfGroup[] },
  written: ReadonlyMap<string, bigint | null>,
  atMs: number,
): ConsumerGroupSample {
  const secondsOf = (lag: PartitionLagOfGroup): number | undefined => {
    if (!lag.isRead) return undefined
    if (lag.lag === 0n) return 0
    const time = written.get(recordName(placeOf(lag)))
    return time === undefined ? undefined : time === null ? 0 : Math.max(0, atMs - Number(time)) / 1000
  }
  const { group: name, state, members } = group
  return {
    group: name,
    state,
    members,
    partitions: lags.map((lag) => {
      const { topic, partition, committed, logStart, head, lag: records } = lag
      return { topic, partition, committed, logStart, head, lag: records, lagSeconds: secondsOf(lag) }
    }),
  }
}
