import type { Broker, Connection, ConnectionPool } from '@platformatic/kafka'
import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  heartbeatV4,
  joinGroupV7,
  leaveGroupV4,
  syncGroupV5,
} from '@platformatic/kafka'
import type { Cluster } from '../client/cluster.ts'
import { isAuthenticationFailure, protocolFailure, reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import { backOffDelay, pause } from '../client/wait.ts'
import { KafkaConfigError } from '../errors.ts'
import type { AssignmentStrategy, GroupMember } from './assignor.ts'
import { assign } from './assignor.ts'
import type { TopicPartition } from './listener-types.ts'

export interface MembershipOptions {
  readonly groupId: string
  /** Static membership: a restarted process with the same id gets its partitions back at once. */
  readonly groupInstanceId: string | undefined
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the group waits for this member to finish its batch when partitions move. */
  readonly rebalanceTimeoutMs: number
  readonly strategy: AssignmentStrategy
}

/** One generation of the group, from the assignment until the partitions are given up. */
export interface GroupSession {
  readonly generation: number
  readonly memberId: string
  readonly partitions: readonly TopicPartition[]
  /** Aborts when partitions have to be handed over or are lost: no record is handed out from then on. */
  readonly leaving: AbortSignal
  /** Aborts when the group has gone on without this member: nothing can be committed any more. */
  readonly lost: AbortSignal
}

export interface MembershipHandlers {
  /** The topics to join with and their partition counts; waits until there is one. */
  subscription(signal: AbortSignal): Promise<ReadonlyMap<string, number>>
  assigned(session: GroupSession): void
  /** Called when `leaving` aborted; joining goes on when it resolves. Heartbeats continue meanwhile. */
  handOver(session: GroupSession, reason: string): Promise<void>
  /** The broker confirmed the membership. */
  alive(): void
  /** Something failed and is tried again; undefined: it works again. */
  trouble(error: unknown): void
}

type Session = GroupSession & { readonly leave: AbortController; readonly lose: AbortController }

const BACK_OFF_MULTIPLIER = 2
const LEAVE_TIMEOUT_MS = 3000

/**
 * Membership by the classic group protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup), as one loop:
 * subscription → join → sync → assigned … heartbeats … → hand over → join again.
 * The client's own membership is not used because it sends no heartbeats while a batch is finished before a rebalance, loses its timer when a
 * rejoin fails, and fights back when a static member is fenced.
 */
export class GroupMembership {
  readonly #cluster: Cluster
  readonly #options: MembershipOptions
  readonly #handlers: MembershipHandlers
  readonly #logger: Logger
  readonly #pool: ConnectionPool
  #coordinator: Broker | undefined
  #memberId = ''
  #session: Session | undefined
  #rejoinReason = ''
  /** When the last heartbeat that was answered well had been sent (monotonic clock). */
  #confirmedAt = Number.NEGATIVE_INFINITY

  constructor(cluster: Cluster, options: MembershipOptions, handlers: MembershipHandlers, logger: Logger) {
    this.#cluster = cluster
    this.#options = options
    this.#handlers = handlers
    this.#logger = logger
    this.#pool = cluster.createPool()
  }

  /** Whether the partitions are certainly ours: the broker confirmed it within the session time-out. */
  get confirmed(): boolean {
    return performance.now() - this.#confirmedAt < this.#options.sessionTimeoutMs
  }

  /** A connection to the coordinator, for commits. */
  async coordinatorConnection(): Promise<Connection> {
    this.#coordinator ??= await this.#cluster.findCoordinator(this.#options.groupId)
    try {
      return await this.#cluster.connectionAt(this.#coordinator, this.#pool)
    } catch (error) {
      this.#coordinator = undefined
      throw error
    }
  }

  forgetCoordinator(): void {
    this.#coordinator = undefined
  }

  /** Gives up the partitions in order and joins again, for instance because there are more of them. */
  rejoin(why: string): void {
    if (!this.#session || this.#session.leaving.aborted) return
    this.#rejoinReason = why
    this.#session.leave.abort()
  }

  /** The coordinator said so to somebody else (a commit). */
  lose(session: GroupSession, code: number): void {
    if (this.#session === session) this.#lose(this.#session, code)
  }

  /** Until `signal` aborts; then the partitions are handed over and a dynamic member leaves. @throws KafkaConfigError when it is for good */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        const topics = await this.#handlers.subscription(signal)
        if (signal.aborted) break
        const session = await this.#join(topics, signal)
        if (!session) continue
        failures = 0
        await this.#serve(session, signal)
      } catch (error) {
        if (signal.aborted) break
        if (isFinal(error)) throw error
        this.#coordinator = undefined
        this.#handlers.trouble(error)
        // The first failure is everyday: a new cluster creates its offsets topic at the first request for it.
        if (++failures > 1 && (failures & (failures - 1)) === 0) {
          this.#logger.warn(
            { groupId: this.#options.groupId, attempt: failures, error: reason(error) },
            'cannot join the group; trying on',
          )
        }
        const { retryBackoffMs, retryBackoffMaxMs } = this.#cluster.settings
        await pause(
          backOffDelay(
            { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs, multiplier: BACK_OFF_MULTIPLIER },
            failures,
          ),
          signal,
        )
      }
    }
    await this.#leave()
  }

  async #serve(session: Session, signal: AbortSignal): Promise<void> {
    this.#session = session
    const stopBeating = new AbortController()
    const stop = () => session.leave.abort()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    let final: unknown
    const beating = this.#beat(session, stopBeating.signal).catch((error: unknown) => {
      final = error
      session.lose.abort()
      session.leave.abort()
    })
    this.#handlers.assigned(session)
    await aborted(session.leaving)
    const why = signal.aborted ? 'stopping' : this.#rejoinReason
    this.#rejoinReason = ''
    await this.#handlers.handOver(session, why)
    stopBeating.abort()
    signal.removeEventListener('abort', stop)
    await beating
    this.#session = undefined
    this.#confirmedAt = Number.NEGATIVE_INFINITY
    if (final !== undefined) throw final
  }

  // Joining -----------------------------------------------------------------------------------------------------

  /** undefined: to be tried again at once. */
  async #join(topics: ReadonlyMap<string, number>, signal: AbortSignal): Promise<Session | undefined> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, strategy } = this.#options
    const instanceId = this.#options.groupInstanceId ?? null
    const restarted = instanceId !== null && this.#memberId === ''
    const connection = await this.coordinatorConnection()
    // A pending JoinGroup is answered when all members have joined: stopping must not wait for them.
    const cut = () => connection.socket?.destroy()
    signal.addEventListener('abort', cut, { once: true })
    try {
      const joined = await request(
        connection,
        this.#joinTimeoutMs(),
        joinGroupV7.api,
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        this.#memberId,
        instanceId,
        'consumer',
        [{ name: strategy, metadata: subscriptionOf(topics) }],
        null,
      )
      if (joined.errorCode === PROTOCOL.MEMBER_ID_REQUIRED) this.#memberId = joined.memberId ?? ''
      if (!this.#accepted(joined.errorCode)) return undefined
      const memberId = joined.memberId ?? ''
      this.#memberId = memberId
      const generation = joined.generationId
      const leads = joined.leader === memberId
      const members = (joined.members ?? []).map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId ?? null,
        topics: decodeConsumerProtocolSubscription(member.metadata as Buffer).topics,
      }))
      const assignments = leads ? await this.#assignments(members) : []
      const sentAt = performance.now()
      const synced = await request(
        connection,
        this.#joinTimeoutMs(),
        syncGroupV5.api,
        groupId,
        generation,
        memberId,
        instanceId,
        'consumer',
        strategy,
        assignments,
      )
      if (!this.#accepted(synced.errorCode)) return undefined
      this.#confirmedAt = sentAt
      const leave = new AbortController()
      const lose = new AbortController()
      const partitions = decodeConsumerProtocolAssignment(synced.assignment).assignedPartitions.flatMap(
        ({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })),
      )
      if (restarted && !leads && isOlderThan(topics, partitions)) {
        this.#logger.info({ groupId }, 'the assignment of the process before is older than some topics: joining again')
        return undefined
      }
      return { generation, memberId, partitions, leave, lose, leaving: leave.signal, lost: lose.signal }
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  /** After this the request is simply repeated: the coordinator takes the repetition for the same member. */
  #joinTimeoutMs(): number {
    return Math.max(this.#cluster.settings.requestTimeoutMs, this.#options.heartbeatIntervalMs)
  }

  #accepted(code: number): boolean {
    switch (code) {
      case PROTOCOL.NONE:
        return true
      case PROTOCOL.MEMBER_ID_REQUIRED:
      case PROTOCOL.REBALANCE_IN_PROGRESS:
      case PROTOCOL.ILLEGAL_GENERATION:
        return false
      case PROTOCOL.UNKNOWN_MEMBER_ID:
        this.#memberId = ''
        return false
    }
    throw groupFailure(code, this.#options)
  }

  async #assignments(members: readonly GroupMember[]): Promise<{ memberId: string; assignment: Buffer }[]> {
    const topics = [...new Set(members.flatMap((member) => member.topics))]
    await this.#cluster.refresh(topics)
    const counts = new Map<string, number>()
    for (const topic of topics) {
      const layout = this.#cluster.layout(topic)
      if (layout) counts.set(topic, layout.leaders.length)
    }
    const assignments = assign(this.#options.strategy, members, counts)
    return [...assignments].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeConsumerProtocolAssignment({
        version: 0,
        assignedPartitions: [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
          topic,
          partitions: ofTopic.map(({ partition }) => partition),
        })),
      }),
    }))
  }

  // Staying -----------------------------------------------------------------------------------------------------

  /** @throws KafkaConfigError when the membership has ended for good */
  async #beat(session: Session, signal: AbortSignal): Promise<void> {
    const { groupId, heartbeatIntervalMs, sessionTimeoutMs } = this.#options
    // Well below the session time-out, so that one swallowed answer does not cost the membership.
    const timeoutMs = Math.min(this.#cluster.settings.requestTimeoutMs, Math.max(500, sessionTimeoutMs / 3))
    let failures = 0
    await pause(heartbeatIntervalMs, signal)
    while (!signal.aborted && !session.lost.aborted) {
      const sentAt = performance.now()
      let code: number
      try {
        const connection = await this.coordinatorConnection()
        const answer = await request(
          connection,
          timeoutMs,
          heartbeatV4.api,
          groupId,
          session.generation,
          session.memberId,
          this.#options.groupInstanceId ?? null,
        )
        code = answer.errorCode
      } catch (error) {
        if (signal.aborted) return
        if (isAuthenticationFailure(error)) throw error
        this.#coordinator = undefined
        this.#handlers.trouble(error)
        await pause(this.#retryDelay(++failures), signal)
        continue
      }
      if (signal.aborted) return
      switch (code) {
        case PROTOCOL.NONE:
        case PROTOCOL.REBALANCE_IN_PROGRESS:
          failures = 0
          this.#confirmedAt = sentAt
          this.#handlers.alive()
          if (code === PROTOCOL.REBALANCE_IN_PROGRESS && !session.leaving.aborted) {
            this.#rejoinReason = 'the group rebalances'
            session.leave.abort()
          }
          break
        case PROTOCOL.UNKNOWN_MEMBER_ID:
        case PROTOCOL.ILLEGAL_GENERATION:
          this.#lose(session, code)
          return
        case PROTOCOL.NOT_COORDINATOR:
        case PROTOCOL.COORDINATOR_NOT_AVAILABLE:
        case PROTOCOL.COORDINATOR_LOAD_IN_PROGRESS:
          this.#coordinator = undefined
          await pause(this.#retryDelay(++failures), signal)
          continue
        default:
          throw groupFailure(code, this.#options)
      }
      await pause(heartbeatIntervalMs, signal)
    }
  }

  #lose(session: Session, code: number): void {
    if (session.lost.aborted) return
    if (code === PROTOCOL.UNKNOWN_MEMBER_ID) this.#memberId = ''
    this.#rejoinReason = `the group went on without this member (${protocolName(code)})`
    this.#confirmedAt = Number.NEGATIVE_INFINITY
    session.lose.abort()
    session.leave.abort()
  }

  #retryDelay(attempt: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#cluster.settings
    const delay = backOffDelay(
      { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs, multiplier: BACK_OFF_MULTIPLIER },
      attempt,
    )
    return Math.min(delay, this.#options.heartbeatIntervalMs)
  }

  /** A static member stays in the group: whoever starts with its id again goes on where it was, and nobody else moves. */
  async #leave(): Promise<void> {
    if (this.#memberId === '' || this.#options.groupInstanceId !== undefined) return
    try {
      const connection = await this.coordinatorConnection()
      await request(connection, LEAVE_TIMEOUT_MS, leaveGroupV4.api, this.#options.groupId, [
        { memberId: this.#memberId },
      ])
    } catch (error) {
      this.#logger.debug(
        { groupId: this.#options.groupId, error: reason(error) },
        'could not leave the group; its session will end',
      )
    }
    this.#memberId = ''
  }
}

/**
 * A static member that starts again is handed the assignment of its predecessor as it was, whatever has changed since (KIP-345). A topic that it has
 * nothing of may have been created after that assignment was made, and nobody would ever notice; joining once more lets the group decide anew.
 */
function isOlderThan(topics: ReadonlyMap<string, number>, partitions: readonly TopicPartition[]): boolean {
  const assigned = new Set(partitions.map(({ topic }) => topic))
  return topics.keys().some((topic) => !assigned.has(topic))
}

/** The counts go along so that a change of them makes a difference: to a follower whose subscription is unchanged the broker grants no rebalance. */
function subscriptionOf(topics: ReadonlyMap<string, number>): Buffer {
  return encodeConsumerProtocolSubscription({
    version: 1,
    topics: [...topics.keys()],
    userData: JSON.stringify(Object.fromEntries([...topics].sort(([a], [b]) => (a < b ? -1 : 1)))),
    ownedPartitions: [],
  })
}

function groupFailure(code: number, options: MembershipOptions): KafkaConfigError {
  const group = `Group ${options.groupId}`
  switch (code) {
    case PROTOCOL.FENCED_INSTANCE_ID:
      return new KafkaConfigError(
        'FENCED',
        `${group}: another process joined with group.instance.id=${options.groupInstanceId}. Give each process an id of its own.`,
      )
    case PROTOCOL.INCONSISTENT_GROUP_PROTOCOL:
      return new KafkaConfigError(
        'GROUP_REFUSED',
        `${group} has members that do not know the assignor '${options.strategy}'. Set the same partition.assignment.strategy for all of them.`,
      )
    case PROTOCOL.INVALID_SESSION_TIMEOUT:
      return new KafkaConfigError(
        'GROUP_REFUSED',
        `${group}: session.timeout.ms=${options.sessionTimeoutMs} is outside group.min/max.session.timeout.ms of the broker.`,
      )
    case PROTOCOL.INVALID_GROUP_ID:
      return new KafkaConfigError('GROUP_REFUSED', `'${options.groupId}' is no valid group id.`)
    case PROTOCOL.GROUP_AUTHORIZATION_FAILED:
    case PROTOCOL.TOPIC_AUTHORIZATION_FAILED:
      return protocolFailure(code, group)
    default:
      return new KafkaConfigError('FETCH_FAILED', `${group}: the coordinator answered ${protocolName(code)}`)
  }
}

function isFinal(error: unknown): boolean {
  if (!(error instanceof KafkaConfigError)) return false
  return error.code === 'MISSING_TOPICS' || (!error.retryable && error.code !== 'UNKNOWN_TOPIC')
}

function aborted(signal: AbortSignal): Promise<void> {
  return signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
