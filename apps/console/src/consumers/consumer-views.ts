import { GROUP_STATUSES } from '@stocker/alerting'
import type { ListenerView } from '@stocker/service-kit'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Masker } from '../access/masking.ts'
import type { WatchedGroup } from './consumer-watch.ts'
import { lagOf } from './group-lag.ts'

const NullableNumber = Type.Union([Type.Number(), Type.Null()])
const NullableText = Type.Union([Type.String(), Type.Null()])

export const GroupSummary = Type.Object({
  group: Type.String(),
  service: Type.Optional(Type.String({ description: 'The service of the platform that reads with it' })),
  status: Type.Enum([...GROUP_STATUSES]),
  detail: Type.String({ description: 'A sentence' }),
  state: Type.String({ description: 'Kafka’s word: Stable, Empty, PreparingRebalance …' }),
  stopped: Type.Boolean({ description: 'An operator has stopped its listener' }),
  members: Type.Integer(),
  topics: Type.Array(Type.String()),
  lag: Type.Integer({ description: 'Records that wait' }),
  lagSeconds: Type.Union([Type.Number(), Type.Null()], {
    description: 'How long the first of them has been there; null: not known',
  }),
  failing: Type.Integer({ description: 'Records that failed and are tried again' }),
  parked: Type.Integer({ description: 'Records that wait for a retry or behind one' }),
  history: Type.Array(NullableNumber, { description: 'Lag of the last 10 minutes, the oldest first' }),
})
export type GroupSummary = Static<typeof GroupSummary>

export function summaryOf({ sample, state, service, listener, history }: WatchedGroup): GroupSummary {
  const view = listener?.listener
  return {
    group: sample.group,
    ...(service !== undefined && { service: service.name }),
    status: state.status,
    detail: state.detail,
    state: sample.state,
    stopped: view?.stoppedSince !== undefined,
    members: sample.members.length,
    topics: [...new Set(sample.partitions.map(({ topic }) => topic))],
    ...lagOf(sample),
    failing: view?.failing.length ?? 0,
    parked: (view?.parked ?? []).reduce((sum, { records }) => sum + records, 0),
    history: history.map(({ lag }) => lag),
  }
}

const Place = { topic: Type.String(), partition: Type.Integer(), offset: Type.String(), key: NullableText }

export const GroupDetail = Type.Object({
  ...GroupSummary.properties,
  partitions: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      committed: NullableNumber,
      logStart: Type.Number(),
      head: Type.Number(),
      lag: Type.Number(),
      lagSeconds: NullableNumber,
      member: NullableText,
    }),
  ),
  memberList: Type.Array(
    Type.Object({ memberId: Type.String(), clientId: Type.String(), host: Type.String(), partitions: Type.Integer() }),
  ),
  points: Type.Array(Type.Object({ at: Type.Number(), lag: NullableNumber, lagSeconds: NullableNumber })),
  listener: Type.Optional(
    Type.Object({
      state: Type.String(),
      detail: Type.String(),
      stoppedSince: Type.Optional(Type.String()),
      inHand: Type.Array(Type.Object({ ...Place, type: NullableText, since: Type.String(), records: Type.Integer() })),
      failing: Type.Array(
        Type.Object({
          ...Place,
          type: NullableText,
          attempts: Type.Integer(),
          error: Type.String(),
          retryAt: NullableText,
        }),
      ),
    }),
  ),
  listenerProblem: Type.Optional(Type.String({ description: 'Why its service says nothing of its listener' })),
})
export type GroupDetail = Static<typeof GroupDetail>

export function detailOf(group: WatchedGroup, masker: Masker): GroupDetail {
  const { sample, listener, history } = group
  const memberOf = new Map(
    sample.members.flatMap(({ clientId, memberId, partitions }) =>
      partitions.map(({ topic, partition }) => [`${topic}-${partition}`, clientId || memberId] as const),
    ),
  )
  return {
    ...summaryOf(group),
    partitions: sample.partitions.map(({ topic, partition, committed, logStart, head, lag, lagSeconds = null }) => ({
      topic,
      partition,
      committed: committed === null ? null : Number(committed),
      logStart: Number(logStart),
      head: Number(head),
      lag: Number(lag),
      lagSeconds,
      member: memberOf.get(`${topic}-${partition}`) ?? null,
    })),
    memberList: sample.members.map(({ memberId, clientId, host, partitions }) => ({
      memberId,
      clientId,
      host,
      partitions: partitions.length,
    })),
    points: [...history],
    ...(listener?.listener !== undefined && { listener: listenerOf(listener.listener, masker) }),
    ...(listener?.problem !== undefined && { listenerProblem: listener.problem }),
  }
}

/** Keys and errors may hold personal values. */
function listenerOf({ state, detail, stoppedSince, inHand, failing }: ListenerView, masker: Masker) {
  const placeOf = ({
    topic,
    partition,
    offset,
    key,
    type,
  }: ListenerView['inHand'][number] | ListenerView['failing'][number]) => ({
    topic,
    partition,
    offset,
    key: masker.key(key, topic),
    type: type ?? null,
  })
  return {
    state,
    detail: masker.errorText(detail),
    ...(stoppedSince !== undefined && { stoppedSince }),
    inHand: inHand.map((batch) => ({ ...placeOf(batch), since: batch.since, records: batch.records })),
    failing: failing.map((record) => ({
      ...placeOf(record),
      attempts: record.attempts,
      error: masker.errorText(record.error),
      retryAt: record.retryAt ?? null,
    })),
  }
}
