import { EventEmitter } from 'node:events'
import { Cluster } from '../client/cluster.ts'
import { isAuthenticationFailure, reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import type { BackOff } from '../client/wait.ts'
import { backOffDelay, Gate, pause, settlesWithin } from '../client/wait.ts'
import type { ConsumerSettings, ListenerSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import { nextOffsets, spanOf } from './batch-offsets.ts'
import { BrokerContact } from './broker-contact.ts'
import type { ListenerContainerOptions, Pacing } from './container-options.ts'
import { CONTAINER_DEFAULTS } from './container-options.ts'
import type {
  BatchListener,
  ContainerEvents,
  ContainerHealth,
  ContainerState,
  ListenerContainer,
  ListenerRecord,
  PartitionLag,
  TopicPartition,
} from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { GroupSession } from './membership.ts'
import { GroupMembership } from './membership.ts'
import { SessionService } from './session-service.ts'
import { TopicSubscription } from './topic-subscription.ts'

interface InHand {
  readonly since: number
  readonly settled: Promise<void>
  readonly records: readonly ListenerRecord[]
  attempt: number
  error: string | undefined
}

const COMMIT_ON_STOP_MS = 5000

/**
 * Hands the records of topics to a listener, as one member of a consumer group. Spring's container with AckMode BATCH.
 *
 *   stopped ──start()──► starting ──assigned──► running ◄──────────┐
 *                           ▲                    │  │  listener rejects: backing-off ──► again, same records
 *                           │                    │  pause(): paused ──► resume()
 *                           │      group changes │
 *                           │                    ▼
 *                           └───── rebalancing: no record is handed out; the batch in hand is finished and committed, then joining
 *
 *   any ──stop()──► stopping: as rebalancing, then leaves the group ──► stopped
 *   any ──► failed: for good, the reason in health() and the event 'failed' (fenced, no right, credentials refused, no offset)
 *
 * starting     joining, or no topic or broker yet; tried for ever. Health is down.
 * running      also without a partition of its own, when the group has more members than partitions.
 * backing-off  the listener rejected; waits, longer each time, then the same records. Handing over and stop() interrupt the wait.
 * paused       as a whole; records stay in the buffer, membership and heartbeats go on. stop() and rebalances work as ever.
 *
 * Rules that hold in every state:
 * - One batch is in hand at a time. Its offsets are committed when the listener resolved, in the generation in which it was handed out, or never.
 * - Records are handed out only while the coordinator's last confirmation is younger than the session time-out: after a blocked event loop or
 *   a lost connection nothing of the old assignment is delivered before the group has confirmed it.
 * - Partitions are given up only after the batch in hand has ended, or after max.poll.interval.ms; heartbeats go on meanwhile. Whoever gets
 *   them begins after the last batch. A batch that outlives the limit gets its `signal` aborted and is not committed; the container joins
 *   again when it has ended, as a Java consumer does.
 */
export class KafkaListenerContainer implements ListenerContainer {
  readonly groupId: string
  readonly #consumer: ConsumerSettings
  readonly #listenerSettings: ListenerSettings
  readonly #groupInstanceId: string | undefined
  readonly #topics: readonly string[]
  readonly #listener: BatchListener
  readonly #deserializer: Deserializer
  readonly #backOff: BackOff
  readonly #stalledAfterMs: number
  readonly #shutdownTimeoutMs: number
  readonly #pacing: Pacing | undefined
  readonly #logger: Logger
  readonly #events = new EventEmitter<ContainerEvents>()
  readonly #pausedPartitions = new Set<string>()
  readonly #wake = new Gate()
  readonly #contact: BrokerContact
  #cluster: Cluster | undefined
  #membership: GroupMembership | undefined
  #subscribed: TopicSubscription | undefined
  #stopping = new AbortController()
  #running: Promise<void> | undefined
  #state: ContainerState = 'stopped'
  #detail = 'not started'
  #paused = false
  #serving: SessionService | undefined
  #inHand: InHand | undefined
  #failure: KafkaConfigError | undefined
  #lastError: string | undefined
  #lastProgressAt: number | undefined

  constructor(
    consumer: ConsumerSettings,
    listener: ListenerSettings,
    deserializer: Deserializer,
    options: ListenerContainerOptions,
  ) {
    const groupId = options.groupId ?? consumer.groupId
    if (groupId === undefined || groupId === '') {
      throw new KafkaConfigError(
        'MISSING_VALUE',
        'A listener needs a group: set spring.kafka.consumer.group-id, or groupId in its options',
      )
    }
    if (options.topics.length === 0)
      throw new KafkaConfigError('MISSING_VALUE', `The listener of group ${groupId} names no topic`)
    this.groupId = groupId
    this.#groupInstanceId = options.groupInstanceId ?? consumer.groupInstanceId
    this.#consumer = consumer
    this.#listenerSettings = listener
    this.#topics = [...new Set(options.topics)]
    this.#listener = options.listener
    this.#deserializer = deserializer
    this.#backOff = { ...CONTAINER_DEFAULTS.backOff, ...options.backOff }
    this.#stalledAfterMs = options.stalledAfterMs ?? CONTAINER_DEFAULTS.stalledAfterMs
    this.#shutdownTimeoutMs = options.shutdownTimeoutMs ?? CONTAINER_DEFAULTS.shutdownTimeoutMs
    this.#pacing = options.pacing
    this.#logger = options.logger ?? silentLogger
    this.#contact = new BrokerContact(groupId, this.#logger)
  }

  get state(): ContainerState {
    return this.#state
  }

  get assignments(): readonly TopicPartition[] {
    const serving = this.#serving
    return serving && !serving.session.leaving.aborted ? serving.session.partitions : []
  }

  on<E extends keyof ContainerEvents>(event: E, listener: (...args: ContainerEvents[E]) => void): void {
    this.#events.on(event, listener as never)
  }

  off<E extends keyof ContainerEvents>(event: E, listener: (...args: ContainerEvents[E]) => void): void {
    this.#events.off(event, listener as never)
  }

  async start(): Promise<void> {
    if (this.#running) {
      if (this.#state !== 'failed') return
      await this.#running
    }
    this.#failure = undefined
    this.#stopping = new AbortController()
    this.#cluster = new Cluster(this.#consumer.connection)
    this.#subscribed = new TopicSubscription(
      this.#cluster,
      {
        groupId: this.groupId,
        topics: this.#topics,
        missingTopicsFatal: this.#listenerSettings.missingTopicsFatal,
      },
      this.#logger,
    )
    const session = this.#consumer
    this.#membership = new GroupMembership(
      this.#cluster,
      {
        groupId: this.groupId,
        groupInstanceId: this.#groupInstanceId,
        sessionTimeoutMs: session.sessionTimeoutMs,
        heartbeatIntervalMs: session.heartbeatIntervalMs,
        rebalanceTimeoutMs: session.maxPollIntervalMs,
        strategy: session.assignmentStrategy,
      },
      {
        subscription: (signal) => this.#subscription(signal),
        assigned: (assigned) => this.#assigned(assigned),
        handOver: (given, why) => this.#handOver(given, why),
        alive: () => {
          this.#contact.works('group')
          this.#wake.open()
        },
        trouble: (error) => this.#contact.fails('group', error),
      },
      this.#logger,
    )
    this.#enter('starting', 'joining the group')
    this.#running = this.#run(this.#cluster, this.#membership, this.#stopping.signal)
  }

  async stop(): Promise<void> {
    if (!this.#running) return
    if (this.#state !== 'failed') this.#enter('stopping', 'finishing the batch in hand')
    this.#stopping.abort()
    this.#wake.open()
    await this.#running
    this.#running = undefined
    this.#enter('stopped', 'stopped')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  pause(partitions?: readonly TopicPartition[]): void {
    if (!partitions) {
      this.#paused = true
      if (this.#state === 'running') this.#enter('paused', 'paused')
      return
    }
    for (const partition of partitions) {
      this.#pausedPartitions.add(partitionName(partition))
      this.#serving?.pause(partition)
    }
  }

  resume(partitions?: readonly TopicPartition[]): void {
    if (!partitions) {
      this.#paused = false
      if (this.#state === 'paused') this.#enter('running', 'resumed')
    }
    for (const partition of partitions ?? []) {
      this.#pausedPartitions.delete(partitionName(partition))
      this.#serving?.resume(partition)
    }
    this.#wake.open()
  }

  health(): ContainerHealth {
    const stalledFor = this.#inHand ? Date.now() - this.#inHand.since : 0
    const stalled = stalledFor > this.#stalledAfterMs
    const { trouble, lost: unreachable } = this.#contact
    const serves =
      this.#state === 'running' ||
      this.#state === 'paused' ||
      this.#state === 'backing-off' ||
      this.#state === 'rebalancing'
    const assigned = this.#serving !== undefined || this.#state === 'rebalancing'
    let detail = this.#detail
    if (this.#failure) detail = this.#failure.message
    else if (trouble !== undefined && (unreachable || !serves)) detail = `${this.#detail}: ${trouble}`
    else if (stalled)
      detail = `the batch in hand has taken ${Math.round(stalledFor / 1000)} s${this.#inHand?.error ? `: ${this.#inHand.error}` : ''}`
    const lastError = this.#lastError ?? this.#contact.lastError
    return {
      up: serves && assigned && !stalled && !unreachable,
      state: this.#state,
      detail,
      lastProgressAt: this.#lastProgressAt,
      ...(lastError !== undefined && { lastError }),
      assignments: this.assignments.length,
    }
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return this.#serving?.lag() ?? []
  }

  // The life of a container -------------------------------------------------------------------------------------

  async #run(cluster: Cluster, membership: GroupMembership, signal: AbortSignal): Promise<void> {
    const delivering = this.#deliver(signal)
    try {
      await membership.run(signal)
    } catch (error) {
      this.#fail(error)
    }
    this.#wake.open()
    await cluster.close()
    if (!(await settlesWithin(delivering, 0))) {
      this.#logger.warn(
        { groupId: this.groupId },
        'stopped although the listener has not ended; its records will be handled again',
      )
    }
  }

  #fail(error: unknown): void {
    if (this.#failure) return
    this.#failure =
      error instanceof KafkaConfigError
        ? error
        : new KafkaConfigError(
            isAuthenticationFailure(error) ? 'AUTHENTICATION_FAILED' : 'FETCH_FAILED',
            reason(error),
            { cause: error },
          )
    this.#lastError = this.#failure.message
    this.#logger.error(
      { groupId: this.groupId, code: this.#failure.code },
      `the listener container stops: ${this.#failure.message}`,
    )
    this.#enter('failed', this.#failure.message)
    this.#stopping.abort()
    this.#wake.open()
    this.#events.emit('failed', this.#failure)
  }

  #enter(state: ContainerState, detail: string): void {
    this.#detail = detail
    // A container that failed stays so until it is stopped or started.
    if (this.#state === state || (this.#state === 'failed' && this.#failure && state !== 'stopped')) return
    this.#state = state
    this.#events.emit('state', state)
  }

  /** Whether records are handed out again: back from whatever it was. */
  #resumeState(): void {
    if (this.#stopping.signal.aborted) return
    if (this.#paused) this.#enter('paused', 'paused')
    else this.#enter('running', `${this.assignments.length} partitions`)
  }

  /** What to join with; before that a batch that outlived its partitions has to end. */
  async #subscription(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    if (this.#inHand) await settlesWithin(this.#inHand.settled, Number.POSITIVE_INFINITY, signal)
    return (this.#subscribed as TopicSubscription).existing(signal, (detail) => {
      this.#contact.works('group')
      this.#detail = detail
    })
  }

  async #watchTopics(session: GroupSession): Promise<void> {
    const { metadataMaxAgeMs } = this.#consumer.connection
    const changed = await this.#subscribed?.change(session.leaving, metadataMaxAgeMs, (error) =>
      this.#contact.fails('group', error),
    )
    if (!changed) return
    this.#logger.info({ groupId: this.groupId, topics: changed }, 'partitions changed: joining again')
    this.#membership?.rejoin(`partitions of ${changed.join(', ')} changed`)
  }

  // Partitions come and go --------------------------------------------------------------------------------------

  #assigned(session: GroupSession): void {
    const serving = new SessionService(
      session,
      this.#cluster as Cluster,
      this.#membership as GroupMembership,
      {
        groupId: this.groupId,
        consumer: this.#consumer,
        deserializer: this.#deserializer,
        paused: this.#pausedPartitions,
      },
      {
        available: () => this.#wake.open(),
        answered: () => {
          this.#contact.works('fetch')
          if (!this.#inHand) this.#lastProgressAt = Date.now()
        },
        trouble: (error) => this.#contact.fails('fetch', error),
        failed: (error) => this.#fail(error),
      },
      this.#logger,
    )
    this.#serving = serving
    this.#contact.works('group')
    this.#contact.works('fetch')
    this.#logger.info(
      { groupId: this.groupId, generation: session.generation, partitions: session.partitions.map(partitionName) },
      'partitions assigned',
    )
    this.#resumeState()
    this.#events.emit('assigned', session.partitions)
    void serving.begin()
    void this.#watchTopics(session)
  }

  async #handOver(session: GroupSession, why: string): Promise<void> {
    const serving = this.#serving
    if (!serving || serving.session !== session) return
    const stopping = this.#stopping.signal.aborted
    if (!stopping) this.#enter('rebalancing', why)
    this.#wake.open()
    await serving.stopFetching()
    await this.#finishInHand(serving, stopping)
    serving.over = true
    if (!session.lost.aborted) {
      const limit = stopping
        ? COMMIT_ON_STOP_MS
        : Math.min(this.#consumer.defaultApiTimeoutMs, this.#consumer.maxPollIntervalMs)
      if (!(await serving.committer.close(limit))) {
        this.#logger.warn(
          { groupId: this.groupId },
          'the last offsets could not be committed; their records will be handled again',
        )
      }
    }
    this.#serving = undefined
    if (session.lost.aborted) {
      this.#logger.warn({ groupId: this.groupId, reason: why }, 'partitions lost')
      this.#events.emit('lost', session.partitions, why)
    } else {
      this.#logger.info({ groupId: this.groupId, reason: why }, 'partitions handed over')
      this.#events.emit('revoked', session.partitions)
    }
  }

  /** The batch in hand may end first; not when the partitions are lost already. */
  async #finishInHand(serving: SessionService, stopping: boolean): Promise<void> {
    const inHand = this.#inHand
    if (!inHand || serving.session.lost.aborted) return
    const limit = stopping ? this.#shutdownTimeoutMs : this.#consumer.maxPollIntervalMs - (Date.now() - inHand.since)
    if (await settlesWithin(inHand.settled, Math.max(0, limit), serving.session.lost)) return
    if (serving.session.lost.aborted) return
    this.#logger.error(
      { groupId: this.groupId, ...spanOf(inHand.records), afterMs: Date.now() - inHand.since },
      'the listener did not end in time: its partitions are given up, the records will be handled again',
    )
    serving.cancel.abort()
  }

  // Handing out -------------------------------------------------------------------------------------------------

  async #deliver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const serving = this.#serving
      const records = serving && this.#mayHandOut(serving) ? serving.take(this.#consumer.maxPollRecords) : []
      if (!serving || records.length === 0) {
        await this.#wake.wait()
        continue
      }
      const startedAt = performance.now()
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#inHand = { since: Date.now(), settled: promise, records, attempt: 1, error: undefined }
      try {
        await this.#handle(serving, records, this.#inHand)
      } finally {
        this.#inHand = undefined
        resolve()
      }
      const idleMs = Math.max(this.#listenerSettings.idleBetweenPollsMs, this.#pacingMs(records.length, startedAt))
      if (idleMs > 0) await pause(idleMs, signal)
    }
  }

  #pacingMs(records: number, startedAt: number): number {
    const pacing = this.#pacing
    if (pacing === undefined || records < pacing.fromRecords || records >= this.#consumer.maxPollRecords) return 0
    return pacing.intervalMs - (performance.now() - startedAt)
  }

  #mayHandOut(serving: SessionService): boolean {
    return !this.#paused && !serving.session.leaving.aborted && (this.#membership?.confirmed ?? false)
  }

  /** Until the listener has resolved, or the records are to be given up. */
  async #handle(serving: SessionService, records: readonly ListenerRecord[], inHand: InHand): Promise<void> {
    const { session, cancel } = serving
    for (let attempt = 1; ; attempt++) {
      inHand.attempt = attempt
      const overdue = setTimeout(
        () => this.#membership?.rejoin('max.poll.interval.ms is over'),
        this.#consumer.maxPollIntervalMs,
      )
      try {
        await this.#listener(records, { attempt, signal: cancel.signal })
      } catch (error) {
        clearTimeout(overdue)
        await this.#rejected(serving, records, inHand, error)
        if (session.leaving.aborted) return
        continue
      }
      clearTimeout(overdue)
      if (serving.over) {
        this.#logger.warn(
          { groupId: this.groupId, ...spanOf(records) },
          'a batch ended after its partitions were given up: its records are handled again',
        )
        return
      }
      serving.committer.request(nextOffsets(records))
      this.#lastProgressAt = Date.now()
      if (attempt > 1) {
        this.#logger.info({ groupId: this.groupId, attempt, ...spanOf(records) }, 'the listener succeeded')
        if (!session.leaving.aborted) this.#resumeState()
      }
      return
    }
  }

  async #rejected(
    serving: SessionService,
    records: readonly ListenerRecord[],
    inHand: InHand,
    error: unknown,
  ): Promise<void> {
    const { leaving } = serving.session
    const delay = backOffDelay(this.#backOff, inHand.attempt)
    inHand.error = reason(error)
    this.#lastError = inHand.error
    this.#logger.error(
      { groupId: this.groupId, attempt: inHand.attempt, retryInMs: delay, ...spanOf(records), err: error },
      `the listener failed: ${inHand.error}`,
    )
    if (leaving.aborted) return
    this.#enter('backing-off', `attempt ${inHand.attempt} failed: ${inHand.error}`)
    await pause(delay, leaving)
    // The same rule as for a first delivery: only what is certainly ours, and not while paused.
    while (!leaving.aborted && !this.#mayHandOut(serving)) await this.#wake.wait()
  }
}
