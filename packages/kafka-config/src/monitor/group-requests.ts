import type { Connection } from '@platformatic/kafka'
import {
  consumerGroupDescribeV0,
  decodeConsumerProtocolAssignment,
  describeGroupsV5,
  listGroupsV4,
  offsetFetchV8,
} from '@platformatic/kafka'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import type { TopicPartition } from '../listener/listener-types.ts'
import type { MemberSample } from './cluster-sample.ts'

export interface CommittedOffset extends TopicPartition {
  readonly offset: bigint
}

export interface KnownGroup {
  readonly group: string
  readonly state: string
  readonly members: readonly MemberSample[]
  readonly committed: readonly CommittedOffset[]
}

/** Others (Kafka Connect, share groups) have no offsets of this kind. Empty: only offsets were ever committed. */
const CONSUMER_PROTOCOLS: ReadonlySet<string> = new Set(['consumer', ''])
/** Groups per request. */
const AT_ONCE = 100

/** The groups that a broker coordinates: their members first, then what they have committed. Three requests for a hundred groups. */
export async function groupsOf(connection: Connection, timeoutMs: number): Promise<readonly KnownGroup[]> {
  const { groups } = await request(connection, timeoutMs, listGroupsV4.api, [], [])
  const consumers = groups.filter(({ protocolType }) => CONSUMER_PROTOCOLS.has(protocolType))
  const known: KnownGroup[] = []
  for (let from = 0; from < consumers.length; from += AT_ONCE) {
    const names = consumers.slice(from, from + AT_ONCE).map(({ groupId }) => groupId)
    const described = await describe(connection, timeoutMs, names)
    const committed = await committedOffsetsOf(connection, timeoutMs, names)
    for (const group of names) {
      const found = described.get(group)
      if (found !== undefined) known.push({ group, ...found, committed: committed.get(group) ?? [] })
    }
  }
  return known
}

type Described = Pick<KnownGroup, 'state' | 'members'>

async function describe(
  connection: Connection,
  timeoutMs: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, Described>> {
  const described = new Map<string, Described>()
  const { groups } = await request(connection, timeoutMs, describeGroupsV5.api, [...names], false)
  const unknown: string[] = []
  for (const { groupId, errorCode, groupState: state, members } of groups) {
    // Groups of the newer protocol (KIP-848) are unknown to this request.
    if (errorCode !== PROTOCOL.NONE || state === 'Dead') unknown.push(groupId)
    else {
      described.set(groupId, {
        state,
        members: members.map(({ memberId, clientId, clientHost, memberAssignment }) => ({
          memberId,
          clientId,
          host: clientHost.replace(/^\//, ''),
          partitions: assigned(memberAssignment),
        })),
      })
    }
  }
  if (unknown.length > 0) {
    for (const [group, found] of await describeNewer(connection, timeoutMs, unknown)) described.set(group, found)
  }
  return described
}

async function describeNewer(
  connection: Connection,
  timeoutMs: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, Described>> {
  const { groups } = await request(connection, timeoutMs, consumerGroupDescribeV0.api, [...names], false)
  return new Map(
    groups
      .filter(({ errorCode }) => errorCode === PROTOCOL.NONE)
      .map(({ groupId, groupState: state, members }) => [
        groupId,
        {
          state,
          members: members.map(({ memberId, clientId, clientHost, assignment }) => ({
            memberId,
            clientId,
            host: clientHost.replace(/^\//, ''),
            partitions: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
              partitions.map((partition) => ({ topic, partition })),
            ),
          })),
        },
      ]),
  )
}

/** While a group rebalances its members have none. */
function assigned(assignment: Buffer): readonly TopicPartition[] {
  if (assignment.length === 0) return []
  const { assignedPartitions } = decodeConsumerProtocolAssignment(assignment)
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}

const ALL_TOPICS = null as never

async function committedOffsetsOf(
  connection: Connection,
  timeoutMs: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly CommittedOffset[]>> {
  const wanted = names.map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: ALL_TOPICS }))
  const { groups } = await request(connection, timeoutMs, offsetFetchV8.api, wanted, false)
  return new Map(
    groups.map(({ groupId, topics }) => [
      groupId,
      topics.flatMap(({ name: topic, partitions }) =>
        partitions.flatMap(({ partitionIndex: partition, committedOffset: offset, errorCode }) =>
          errorCode === PROTOCOL.NONE && offset >= 0n ? [{ topic, partition, offset }] : [],
        ),
      ),
    ]),
  )
}
