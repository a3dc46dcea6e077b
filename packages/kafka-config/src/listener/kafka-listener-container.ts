import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { Cluster } from '../client/cluster.ts'
import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import { settlesWithin } from '../client/wait.ts'
import type { ConsumerSettings, ListenerSettings } from '../config/settings.ts'
import type { DefaultErrorHandler } from '../error-handling/default-error-handler.ts'
import { errorsIn } from '../error-handling/records-failed-error.ts'
import { KafkaConfigError } from '../errors.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import { BatchDelivery } from './batch-delivery.ts'
import { BrokerContact } from './broker-contact.ts'
import { containerHealth, reasonOf } from './container-health.ts'
import { ContainerLife } from './container-life.ts'
import type { ListenerContainerOptions, Pacing } from './container-options.ts'
import { CONTAINER_DEFAULTS } from './container-options.ts'
import { createRetryStrategy } from './create-retry-strategy.ts'
import { handOver } from './hand-over.ts'
import type {
  BatchInHand,
  ContainerEvents,
  ContainerHealth,
  ContainerState,
  FailingRecord,
  ListenerContainer,
  ListenerRecord,
  ParkedPartition,
  PartitionLag,
  RetryNow,
  TopicPartition,
} from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { GroupSession } from './membership.ts'
import { GroupMembership } from './membership.ts'
import type { RetryHost, RetryStrategy } from './retry-strategy.ts'
import { SessionService } from './session-service.ts'
import { TopicSubscription } from './topic-subscription.ts'

const HANDING_OUT: ReadonlySet<ContainerState> = new Set(['running', 'backing-off', 'circuit-open', 'paused'])

/**
 * Hands the records of topics to a listener, as one member of a consumer group. Spring's container with AckMode BATCH.
 *
 *   stopped ──start()──► starting ──assigned──► running ◄──────────┐
 *                           ▲                    │  │  a record fails: backing-off, until none does
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
 * backing-off  records failed and are handed out again later; their partitions are held, all others go on. Handing over and stop() do not wait for it.
 *              With orderedRetry only where a bound is reached; otherwise it is running while records are parked.
 * circuit-open something that every record needs is away: nothing is handed out until it is there again. Handing over and stop() do not wait for it.
 * paused       as a whole; records stay in the buffer, membership and heartbeats go on. stop() and rebalances work as ever.
 *
 * Rules that hold in every state:
 * - One batch is in hand at a time. Its offsets are committed when the listener resolved, in the generation in which it was handed out, or never;
 *   that of a record that failed for good when its recoverer has resolved. (See BatchDelivery for what becomes of failures.)
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
  readonly #deserializer: Deserializer
  readonly #pacing: Pacing | undefined
  readonly #stalledAfterMs: number
  readonly #shutdownTimeoutMs: number
  readonly #logger: Logger
  readonly #life: ContainerLife
  readonly #pausedPartitions = new Set<string>()
  readonly #strategy: RetryStrategy
  readonly #errorHandler: DefaultErrorHandler
  readonly #breaker: CircuitBreaker | undefined
  readonly #delivery: BatchDelivery
  readonly #contact: BrokerContact
  #cluster: Cluster | undefined
  #membership: GroupMembership | undefined
  #subscribed: TopicSubscription | undefined
  #stopping = new AbortController()
  #running: Promise<void> | undefined
  #paused = false
  #serving: SessionService | undefined
  /** Since when nothing has kept it from handing records out. */
  #freeSince = Date.now()

  constructor(
    consumer: ConsumerSettings,
    listener: ListenerSettings,
    deserializer: Deserializer,
    options: ListenerContainerOptions,
    /** When a record may be handed out at the earliest, in milliseconds since 1970. Default: at once. */
    notBefore?: (record: ListenerRecord) => number,
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
    this.#deserializer = deserializer
    this.#pacing = options.pacing
    this.#stalledAfterMs = options.stalledAfterMs ?? CONTAINER_DEFAULTS.stalledAfterMs
    this.#shutdownTimeoutMs = options.shutdownTimeoutMs ?? CONTAINER_DEFAULTS.shutdownTimeoutMs
    this.#logger = options.logger ?? silentLogger
    this.#life = new ContainerLife(groupId, this.#logger)
    this.#contact = new BrokerContact(groupId, this.#logger)
    this.#breaker =
      options.circuitBreaker &&
      new CircuitBreaker(groupId, options.circuitBreaker, this.#logger, () => this.#handingOutChanged())
    const { maxPollRecords, maxPollIntervalMs } = consumer
    const { errorHandler, strategy } = createRetryStrategy({
      groupId,
      options,
      maxPollRecords,
      notBefore,
      deserializer,
      host: this.#retryHost(),
      logger: this.#logger,
    })
    this.#strategy = strategy
    this.#errorHandler = errorHandler
    this.#delivery = new BatchDelivery(
      {
        groupId,
        listener: options.listener,
        maxPollRecords,
        maxPollIntervalMs,
        idleBetweenPollsMs: listener.idleBetweenPollsMs,
        pacing: options.pacing,
      },
      errorHandler,
      strategy,
      {
        serving: () => this.#serving,
        mayHandOut: (serving) => this.#mayHandOut(serving),
        overdue: () => this.#membership?.rejoin('max.poll.interval.ms is over'),
        settled: (failure) => this.#breaker?.settled(failure ? errorsIn(failure.error) : []),
      },
      this.#logger,
    )
  }

  #retryHost(): RetryHost {
    return {
      mayHandOut: (serving) => this.#mayHandOut(serving),
      isPaused: (partition) => this.#pausedPartitions.has(partitionName(partition)),
      isAway: (error) => this.#breaker !== undefined && errorsIn(error).some((each) => this.#breaker?.isAway(each)),
      doubtOf: (error) => this.#breaker?.doubtOf(error),
      progressed: () => this.#delivery.progress(),
      blockedChanged: () => this.#handingOutChanged(),
    }
  }

  get state(): ContainerState {
    return this.#life.state
  }

  get assignments(): readonly TopicPartition[] {
    const serving = this.#serving
    return serving && !serving.session.leaving.aborted ? serving.session.partitions : []
  }

  on<E extends keyof ContainerEvents>(event: E, listener: (...args: ContainerEvents[E]) => void): void {
    this.#life.events.on(event, listener as never)
  }

  off<E extends keyof ContainerEvents>(event: E, listener: (...args: ContainerEvents[E]) => void): void {
    this.#life.events.off(event, listener as never)
  }

  async start(): Promise<void> {
    if (this.#running) {
      if (this.#life.state !== 'failed') return
      await this.#running
    }
    this.#life.forgetFailure()
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
          this.#delivery.wake()
        },
        trouble: (error) => this.#contact.fails('group', error),
      },
      this.#logger,
    )
    this.#life.enter('starting', 'joining the group')
    this.#running = this.#run(this.#cluster, this.#membership, this.#stopping.signal)
  }

  async stop(): Promise<void> {
    if (!this.#running) return
    if (this.#life.state !== 'failed') this.#life.enter('stopping', 'finishing the batch in hand')
    this.#stopping.abort()
    this.#delivery.wake()
    await this.#running
    this.#running = undefined
    this.#breaker?.reset()
    this.#life.enter('stopped', 'stopped')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  pause(partitions?: readonly TopicPartition[]): void {
    if (!partitions) {
      this.#paused = true
      this.#handingOutChanged()
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
      this.#handingOutChanged()
    }
    this.#freeSince = Date.now()
    for (const partition of partitions ?? []) {
      this.#pausedPartitions.delete(partitionName(partition))
      this.#serving?.resume(partition)
    }
    this.#delivery.wake()
  }

  health(): ContainerHealth {
    const { trouble, lost: unreachable } = this.#contact
    return containerHealth({
      now: Date.now(),
      state: this.#life.state,
      detail: this.#life.detail,
      assigned: this.#serving !== undefined || this.#life.state === 'rebalancing',
      assignments: this.assignments.length,
      failure: this.#life.failure?.message,
      trouble,
      unreachable,
      blocked: this.#strategy.blocked,
      inHand: this.#delivery.inHand,
      circuit: this.#breaker?.report ?? { state: 'closed' },
      waiting: this.#waiting(),
      lastProgressAt: this.#delivery.lastProgressAt,
      freeSince: this.#freeSince,
      lastError: this.#life.failure?.message ?? this.#strategy.lastError ?? this.#contact.lastError,
      stalledAfterMs: this.#stalledAfterMs,
      maxPollIntervalMs: this.#consumer.maxPollIntervalMs,
    })
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return this.#lag()
  }

  parked(): readonly ParkedPartition[] {
    return this.#strategy.parked()
  }

  retryNow(key: string, topic?: string): RetryNow {
    return this.#strategy.retryNow(key, topic)
  }

  inHand(): readonly BatchInHand[] {
    const { inHand } = this.#delivery
    const record = inHand?.records[0]
    if (inHand === undefined || record === undefined) return []
    const { topic, partition, offset, key, typeId: type } = record
    return [{ since: inHand.since, records: inHand.records.length, first: { topic, partition, offset, key, type } }]
  }

  failing(): readonly FailingRecord[] {
    return this.#errorHandler.failing()
  }

  #lag(): readonly PartitionLag[] {
    const serving = this.#serving
    return serving ? serving.lag().map((lag) => this.#strategy.lagOf(serving, lag)) : []
  }

  /** Records that are there to be handed out or are parked. */
  #waiting(): bigint {
    return this.#lag().reduce(
      (sum, each) => (this.#pausedPartitions.has(partitionName(each)) ? sum : sum + (each.lag ?? 0n)),
      0n,
    )
  }

  // The life of a container -------------------------------------------------------------------------------------

  async #run(cluster: Cluster, membership: GroupMembership, signal: AbortSignal): Promise<void> {
    const delivering = this.#delivery.run(signal).catch((error: unknown) => this.#fail(error))
    try {
      await membership.run(signal)
    } catch (error) {
      this.#fail(error)
    }
    this.#delivery.wake()
    await cluster.close()
    if (!(await settlesWithin(delivering, 0))) {
      this.#logger.warn(
        { groupId: this.groupId },
        'stopped although the listener has not ended; its records will be handled again',
      )
    }
  }

  #fail(error: unknown): void {
    const failure = this.#life.fail(error)
    if (!failure) return
    this.#stopping.abort()
    this.#delivery.wake()
    this.#life.events.emit('failed', failure)
  }

  /** Whether records are handed out again: back from whatever it was. */
  #resumeState(): void {
    if (this.#stopping.signal.aborted) return
    const { blocked } = this.#strategy
    const circuit = this.#breaker?.report
    if (this.#paused) this.#life.enter('paused', 'paused')
    else if (circuit?.state === 'open') {
      this.#life.enter('circuit-open', `waits for ${circuit.dependency}: ${circuit.reason}`)
    } else if (blocked) this.#life.enter('backing-off', `${blocked.name} is ${blocked.why}${reasonOf(blocked)}`)
    else this.#life.enter('running', `${this.assignments.length} partitions`)
  }

  /** Something that keeps records from being handed out has begun or ended. */
  #handingOutChanged(): void {
    if (!HANDING_OUT.has(this.#life.state)) return
    const before = this.#life.state
    this.#resumeState()
    if (before === 'circuit-open' && this.#life.state !== before) {
      this.#freeSince = Date.now()
      this.#delivery.wake()
    }
  }

  /** What to join with; before that a batch that outlived its partitions has to end. */
  async #subscription(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const { inHand } = this.#delivery
    if (inHand) await settlesWithin(inHand.settled, Number.POSITIVE_INFINITY, signal)
    return (this.#subscribed as TopicSubscription).existing(signal, (detail) => {
      this.#contact.works('group')
      this.#life.describe(detail)
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
        pacing: this.#pacing,
      },
      {
        available: () => this.#delivery.wake(),
        answered: () => {
          this.#contact.works('fetch')
          if (!this.#delivery.inHand && this.#waiting() === 0n) this.#delivery.progress()
        },
        trouble: (error) => this.#contact.fails('fetch', error),
        failed: (error) => this.#fail(error),
      },
      this.#logger,
    )
    this.#serving = serving
    this.#freeSince = Date.now()
    this.#contact.works('group')
    this.#contact.works('fetch')
    this.#logger.info(
      { groupId: this.groupId, generation: session.generation, partitions: session.partitions.map(partitionName) },
      'partitions assigned',
    )
    this.#resumeState()
    this.#life.events.emit('assigned', session.partitions)
    void serving.begin()
    void this.#watchTopics(session)
  }

  async #handOver(session: GroupSession, why: string): Promise<void> {
    const serving = this.#serving
    if (!serving || serving.session !== session) return
    const stopping = this.#stopping.signal.aborted
    if (!stopping) this.#life.enter('rebalancing', why)
    this.#delivery.wake()
    await handOver(serving, {
      groupId: this.groupId,
      consumer: this.#consumer,
      shutdownTimeoutMs: this.#shutdownTimeoutMs,
      stopping,
      inHand: () => this.#delivery.inHand,
      ended: () => this.#strategy.sessionEnded(),
      logger: this.#logger,
    })
    this.#serving = undefined
    if (session.lost.aborted) {
      this.#logger.warn({ groupId: this.groupId, reason: why }, 'partitions lost')
      this.#life.events.emit('lost', session.partitions, why)
    } else {
      this.#logger.info({ groupId: this.groupId, reason: why }, 'partitions handed over')
      this.#life.events.emit('revoked', session.partitions)
    }
  }

  #mayHandOut(serving: SessionService): boolean {
    if (this.#paused || this.#breaker?.admits === false) return false
    return !serving.session.leaving.aborted && (this.#membership?.confirmed ?? false)
  }
}
