import { setImmediate as nextTurn } from 'node:timers/promises'
import { Cluster } from '../client/cluster.ts'
import { isAuthenticationFailure, protocolFailure, reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { backOffDelay, Gate, pause } from '../client/wait.ts'
import type { ProducerSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import { Backlog } from './backlog.ts'
import type { Waiting } from './delivery.ts'
import { ExpiryTimer } from './expiry-timer.ts'
import { MetadataSchedule } from './metadata-schedule.ts'
import type { PartitionQueue, PendingBatch, ProducerIdentity } from './partition-queue.ts'
import type { PartitionOutcome } from './produce-request.ts'
import { produce } from './produce-request.ts'
import { judge } from './produce-verdict.ts'
import { obtainProducerId } from './producer-id.ts'
import type { ProducerRecord, RecordMetadata } from './producer-record.ts'
import { BATCH_HEADER_BYTES, recordBytes } from './record-batch-writer.ts'
import { RecordRouting } from './record-routing.ts'
import { nextRound } from './send-round.ts'
import { bufferFull, noMetadata, timedOut, tooLarge } from './sender-failures.ts'
import type { SenderMetrics, SenderOptions } from './sender-types.ts'

const BACK_OFF_MULTIPLIER = 2
const CLOSE_TIMEOUT_MS = 30_000
const STICKY_BYTES = 64 * 1024

/**
 * One idempotent producer (acks=all). Natural batching without a timer: while one round of requests is under way, what is sent collects,
 * and goes together in the next. One batch per partition is outstanding, ever: with more of them a lost connection duplicates and reorders.
 * A batch whose outcome is unknown is repeated byte for byte at the partition's present leader, so the broker recognises it; other partitions go on.
 * After delivery.timeout.ms its senders get an error, whatever the state of broker and topic: nothing hangs.
 */
export class KafkaSender {
  readonly #settings: ProducerSettings
  readonly #cluster: Cluster
  readonly #logger: Logger
  readonly #routing: RecordRouting
  /** Queues with something to send, the longest unserved first. */
  readonly #active = new Set<PartitionQueue>()
  readonly #work = new Gate()
  readonly #backlog = new Backlog()
  readonly #metadata: MetadataSchedule
  readonly #expiry = new ExpiryTimer(() => this.#expire())
  /** For partitions that have none of their own yet. */
  #producer: ProducerIdentity | undefined
  #driving: Promise<void> | undefined
  #troubles = 0
  #lastFailure: unknown
  #closed = false
  #requests = 0
  #repeated = 0

  constructor(settings: ProducerSettings, options: SenderOptions = {}) {
    this.#settings = settings
    this.#logger = options.logger ?? silentLogger
    this.#cluster = new Cluster(settings.connection)
    this.#metadata = new MetadataSchedule(settings.connection)
    this.#routing = new RecordRouting(
      (topic) => this.#cluster.layout(topic)?.leaders.length,
      Math.min(settings.batchSizeBytes, STICKY_BYTES),
    )
  }

  get metrics(): SenderMetrics {
    return { ...this.#backlog.metrics, requests: this.#requests, repeatedBatches: this.#repeated }
  }

  /** up is false while sending fails; `detail` says why. A sender that was never used is up. */
  health(): { readonly up: boolean; readonly detail: string } {
    if (this.#closed) return { up: false, detail: 'closed' }
    const waiting = `${this.#backlog.records} records waiting`
    if (this.#troubles === 0) return { up: true, detail: waiting }
    return { up: false, detail: `${waiting}: ${reason(this.#lastFailure)}` }
  }

  /**
   * @throws KafkaConfigError RECORD_TOO_LARGE, BUFFER_FULL, CLOSED at once; UNKNOWN_TOPIC, INVALID_PARTITION, BROKER_UNREACHABLE,
   *   DELIVERY_TIMEOUT, AUTHENTICATION_FAILED, AUTHORIZATION_FAILED, SEND_FAILED later (all as a rejection)
   */
  async send(record: ProducerRecord): Promise<RecordMetadata> {
    const places = await this.sendAll([record])
    return places[0] as RecordMetadata
  }

  /**
   * Resolves with the places in the order of the records when all are acknowledged. Rejects with the first failure; a record that is too
   * large refuses the whole list before anything of it is sent, after any other failure records of the list may have been written.
   */
  sendAll(records: readonly ProducerRecord[]): Promise<readonly RecordMetadata[]> {
    if (this.#closed) return Promise.reject(new KafkaConfigError('CLOSED', 'This sender is closed'))
    if (records.length === 0) return Promise.resolve([])
    const sizes = new Array<number>(records.length)
    let total = 0
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as ProducerRecord
      const bytes = recordBytes(record)
      if (bytes + BATCH_HEADER_BYTES > this.#settings.maxRequestSizeBytes)
        return Promise.reject(tooLarge(record, bytes, this.#settings))
      sizes[i] = bytes
      total += bytes
    }
    if (this.#backlog.bytes + total > this.#settings.bufferMemoryBytes)
      return Promise.reject(bufferFull(total, this.#backlog.bytes, this.#settings))

    const delivery = this.#backlog.open(records.length, total)
    for (let i = 0; i < records.length; i++) {
      this.#route({ record: records[i] as ProducerRecord, bytes: sizes[i] as number, delivery, index: i })
    }
    this.#armExpiry()
    this.#work.open()
    this.#driving ??= this.#drive()
    return delivery.promise
  }

  /** Waits until everything sent so far is acknowledged or has failed. Never rejects. */
  flush(): Promise<void> {
    return this.#backlog.settled()
  }

  /** Flushes, at most `timeoutMs` (default 30 s, Spring's physicalCloseTimeout); what is not acknowledged then fails with CLOSED. */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed = true
    const limit = new AbortController()
    await Promise.race([this.flush(), pause(options.timeoutMs ?? CLOSE_TIMEOUT_MS, limit.signal)])
    limit.abort()
    this.#expiry.clear()
    this.#backlog.abandon(new KafkaConfigError('CLOSED', 'The sender was closed before the record was acknowledged'))
    this.#active.clear()
    for (const topic of this.#routing.unknownTopics) this.#routing.release(topic)
    await this.#cluster.close()
    this.#work.open()
    await this.#driving
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #route(entry: Waiting): void {
    try {
      const queue = this.#routing.route(entry)
      if (queue) this.#active.add(queue)
    } catch (error) {
      this.#fail([entry], error as KafkaConfigError)
    }
  }

  async #drive(): Promise<void> {
    try {
      while (this.#active.size > 0 || this.#routing.anyAside) {
        // One turn of the event loop: everything that is sent in it goes together.
        await nextTurn()
        this.#expire()
        try {
          await this.#prepare()
        } catch (error) {
          this.#trouble(error)
          // Nothing goes to anyone: new records are no reason to look again at once.
          await pause(this.#delay(this.#troubles))
          continue
        }
        if (await this.#round()) continue
        if (this.#active.size > 0 || this.#routing.anyAside) await this.#wait()
      }
    } finally {
      // In the same turn as the last look at the queues: whoever sends right after it must find that nobody drives any more.
      this.#driving = undefined
    }
  }

  /** Nothing can go at this moment: until the back-off is over, or a record for another partition comes. */
  async #wait(): Promise<void> {
    const limit = new AbortController()
    await Promise.race([pause(this.#delay(1), limit.signal), this.#work.wait()])
    limit.abort()
  }

  #delay(attempt: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#settings.connection
    return backOffDelay(
      { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs, multiplier: BACK_OFF_MULTIPLIER },
      Math.max(1, attempt),
    )
  }

  /** Leaders and producer id, as far as they are missing. */
  async #prepare(): Promise<void> {
    const now = Date.now()
    if (this.#metadata.isDue(this.#routing.unknownTopics, now)) await this.#refresh(now)
    if (this.#producer || this.#active.size === 0) return
    this.#producer = await obtainProducerId(this.#cluster, this.#settings.connection.requestTimeoutMs)
  }

  async #refresh(now: number): Promise<void> {
    const { topics } = this.#routing
    this.#metadata.asking(topics, now)
    const { missing, forbidden } = await this.#cluster.refresh(topics)
    this.#metadata.answered(now)
    for (const topic of missing) {
      this.#lastFailure = new KafkaConfigError('UNKNOWN_TOPIC', `Topic ${topic} does not exist`)
    }
    for (const topic of forbidden) {
      const entries = this.#routing.release(topic)
      const error = protocolFailure(PROTOCOL.TOPIC_AUTHORIZATION_FAILED, `Reading the metadata of topic ${topic}`)
      if (entries.length > 0) this.#fail(entries, error)
    }
    for (const topic of this.#routing.unknownTopics) {
      if (this.#cluster.layout(topic)) for (const entry of this.#routing.release(topic)) this.#route(entry)
    }
  }

  /** One batch of each partition that has one ready, all leaders at the same time. */
  async #round(): Promise<boolean> {
    const requests = nextRound(
      this.#active,
      ({ topic, partition }) => this.#cluster.leader(topic, partition),
      (queue) => this.#leaderless(queue),
      this.#settings,
    )
    if (requests.size === 0) return false
    await Promise.all([...requests].map(([leader, queues]) => this.#sendTo(leader, queues)))
    return true
  }

  #leaderless({ topic, partition }: PartitionQueue): void {
    this.#metadata.doubt()
    this.#lastFailure = new KafkaConfigError(
      'BROKER_UNREACHABLE',
      `Partition ${partition} of ${topic} has no leader at the moment`,
    )
  }

  async #sendTo(leader: number, queues: readonly PartitionQueue[]): Promise<void> {
    const batches = queues.map((queue) => {
      const batch = queue.batch as PendingBatch
      queue.sign(batch, this.#producer as ProducerIdentity)
      if (batch.attempts++ > 0) this.#repeated++
      batch.sending = true
      return { topic: queue.topic, partition: queue.partition, bytes: batch.bytes }
    })
    this.#requests++
    let outcomes: readonly PartitionOutcome[]
    let sent = false
    try {
      const connection = await this.#cluster.connectionTo(leader)
      sent = true
      outcomes = await produce(connection, this.#settings.connection.requestTimeoutMs, batches)
    } catch (error) {
      this.#metadata.doubt()
      for (const queue of queues) this.#repeat(queue, error, sent)
      this.#trouble(error)
      return
    }
    for (const outcome of outcomes) {
      const queue = queues.find(
        (candidate) => candidate.partition === outcome.partition && candidate.topic === outcome.topic,
      )
      if (queue?.batch) this.#conclude(queue, queue.batch, outcome)
    }
    for (const queue of queues) {
      if (queue.batch?.sending) this.#repeat(queue, new Error('The answer says nothing of this partition'), true)
    }
  }

  #conclude(queue: PartitionQueue, batch: PendingBatch, outcome: PartitionOutcome): void {
    const { topic, partition } = queue
    const verdict = judge(outcome.errorCode)
    batch.sending = false
    if (verdict === 'acknowledged') {
      this.#acknowledge(queue, batch, outcome)
      return
    }
    if (verdict === 'too-large' && batch.waiting.length > 1 && !batch.expired) {
      this.#renounce(queue, batch)
      queue.split(batch)
      return
    }
    const detail = outcome.errorMessage ? ` (${outcome.errorMessage})` : ''
    const error = protocolFailure(
      outcome.errorCode,
      `Producing ${batch.waiting.length} records to ${topic}-${partition}${detail}`,
    )
    if (verdict === 'too-large' || verdict === 'refused') {
      this.#drop(queue, batch, error)
      return
    }
    if (verdict === 'stale-leader') this.#metadata.doubt()
    if (verdict === 'lost-state') {
      this.#logger.warn(
        { topic, partition, error: protocolName(outcome.errorCode) },
        'the broker lost the state of this producer: going on with a new producer id',
      )
      queue.disown()
      this.#producer = undefined
    }
    this.#trouble(error)
    this.#repeat(queue, error, verdict === 'uncertain')
  }

  #acknowledge(queue: PartitionQueue, batch: PendingBatch, { baseOffset }: PartitionOutcome): void {
    queue.acknowledged(batch)
    if (queue.empty) this.#active.delete(queue)
    this.#troubles = 0
    if (batch.expired) return
    this.#backlog.acknowledge(queue.topic, queue.partition, batch.waiting, baseOffset)
    this.#armExpiry()
  }

  /** The same batch again after a while; unless nobody waits for it any more. */
  #repeat(queue: PartitionQueue, error: unknown, uncertain: boolean): void {
    const batch = queue.batch
    if (!batch) return
    batch.sending = false
    // Stays so: a later refusal says nothing of an earlier request that may have arrived.
    if (uncertain) batch.uncertain = true
    if (batch.expired) this.#drop(queue, batch, error)
    else batch.notBefore = Date.now() + this.#delay(batch.attempts)
  }

  #drop(queue: PartitionQueue, batch: PendingBatch, error: unknown): void {
    this.#renounce(queue, batch)
    queue.batch = undefined
    if (queue.empty) this.#active.delete(queue)
    if (batch.expired) return
    this.#fail(
      batch.waiting,
      error instanceof KafkaConfigError ? error : new KafkaConfigError('SEND_FAILED', reason(error), { cause: error }),
    )
  }

  /** Nobody knows whether its sequence numbers are used up: a next batch with the same ones might be taken for a repetition, and lost. */
  #renounce(queue: PartitionQueue, batch: PendingBatch): void {
    if (!batch.uncertain) return
    queue.disown()
    this.#producer = undefined
  }

  #fail(entries: readonly Waiting[], error: KafkaConfigError): void {
    this.#backlog.fail(entries, error)
    this.#logger.error({ records: entries.length, topic: entries[0]?.record.topic, code: error.code }, error.message)
  }

  #trouble(error: unknown): void {
    this.#troubles++
    this.#lastFailure = error
    if (
      isAuthenticationFailure(error) ||
      (error instanceof KafkaConfigError && error.code === 'AUTHORIZATION_FAILED')
    ) {
      this.#failEverything(error as KafkaConfigError)
      return
    }
    // The first of a series and then ever fewer: an outage of an hour is no reason for thousands of lines.
    if ((this.#troubles & (this.#troubles - 1)) === 0) {
      this.#logger.warn(
        { attempt: this.#troubles, waiting: this.#backlog.records, error: reason(error) },
        'sending fails; trying on until delivery.timeout.ms',
      )
    }
  }

  #failEverything(error: KafkaConfigError): void {
    for (const topic of this.#routing.unknownTopics) this.#fail(this.#routing.release(topic), error)
    for (const queue of [...this.#active]) {
      const waiting = queue.waiting
      queue.waiting = []
      if (waiting.length > 0) this.#fail(waiting, error)
      if (queue.batch) this.#drop(queue, queue.batch, error)
      this.#active.delete(queue)
    }
  }

  // Time-outs ---------------------------------------------------------------------------------------------------

  #expire(): void {
    const now = Date.now()
    const { deliveryTimeoutMs, maxBlockMs } = this.#settings
    for (const [topic, entries] of this.#routing.expire(now - Math.min(maxBlockMs, deliveryTimeoutMs))) {
      this.#fail(entries, noMetadata(topic, this.#settings, this.#lastFailure))
    }
    const limit = now - deliveryTimeoutMs
    for (const queue of [...this.#active]) {
      const batch = queue.batch
      if (batch && !batch.expired && (batch.waiting[0]?.delivery.enqueuedAt ?? now) <= limit) {
        this.#fail(
          batch.waiting,
          timedOut(
            `${queue.topic}-${queue.partition}`,
            batch.uncertain || batch.sending,
            this.#settings,
            this.#lastFailure,
          ),
        )
        batch.expired = true
        // Under way: its answer concludes it. Otherwise nothing else will.
        if (!batch.sending) this.#drop(queue, batch, undefined)
      }
      let late = 0
      while ((queue.waiting[late]?.delivery.enqueuedAt ?? now) <= limit) late++
      if (late > 0)
        this.#fail(
          queue.waiting.splice(0, late),
          timedOut(`${queue.topic}-${queue.partition}`, false, this.#settings, this.#lastFailure),
        )
      if (queue.empty) this.#active.delete(queue)
    }
    this.#armExpiry()
  }

  #armExpiry(): void {
    const oldest = this.#backlog.oldestSince
    if (oldest === undefined) {
      this.#expiry.clear()
      return
    }
    const { deliveryTimeoutMs, maxBlockMs } = this.#settings
    const aside = (this.#routing.oldestAside ?? Number.POSITIVE_INFINITY) + Math.min(maxBlockMs, deliveryTimeoutMs)
    this.#expiry.set(Math.min(oldest + deliveryTimeoutMs, aside))
  }
}
