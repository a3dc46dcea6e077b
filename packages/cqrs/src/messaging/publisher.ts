import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { BackOff } from '../back-off.ts'
import { delayAfter } from '../back-off.ts'
import type { Logger } from '../logger.ts'
import { requireWholeNumber } from '../options.ts'
import { Leadership } from '../postgres/leadership.ts'
import { lagStatement, readCheckpoint, saveCheckpoint } from '../postgres/publication-rows.ts'
import type { Session } from '../postgres/session.ts'
import type { Engine } from '../store/engine.ts'
import type { FeedPosition, StoredEvent } from '../store/event.ts'
import { isAfter } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import { WakeUp } from '../wake-up.ts'
import { FeedReader } from './feed-reader.ts'

export interface OutgoingRecord {
  readonly topic: string
  readonly key: string
  readonly value: object
  readonly headers?: Readonly<Record<string, string>>
  readonly event: StoredEvent
}

/**
 * - `stopped`: not started, or stopped for good.
 * - `standby`: another publisher of the name is active, or the database is being connected; looks again every `pollIntervalMs`.
 * - `leading`: holds the lock; reads, sends, and sleeps when there is nothing.
 * - `backing-off`: the last attempt to read or send failed; the same batch follows after a delay. `lastError` says why.
 * - `stopping`: finishes the batch in hand.
 */
export const PUBLISHER_STATES = ['stopped', 'standby', 'leading', 'backing-off', 'stopping'] as const
export type PublisherState = (typeof PUBLISHER_STATES)[number]

export interface PublisherOptions {
  readonly store: EventStore
  /** Not used beyond the store's: the publisher keeps one connection of its own. Accepted so that wiring reads the same everywhere. */
  readonly pool?: Pool
  /** One publisher of a name is active per database; its checkpoint is stored under the name. */
  readonly name: string
  /** Which events go out, and as what. Pure. null: not published. If it throws, the publisher waits at that event. */
  readonly map: (event: StoredEvent) => OutgoingRecord | null
  /** Resolves when all records are stored at the destination. Called for one batch at a time, in feed order, and again with the same batch after a failure. */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>
  /** Events per batch at most. Default 2,000. */
  readonly batchSize?: number
  /** How long another instance's commit, or a dead leader, may go unnoticed. Default 500. */
  readonly pollIntervalMs?: number
  /** A batch of so many events, but not a full one, is taken for load: see `paceIntervalMs`. Default 16. */
  readonly paceFromEvents?: number
  /**
   * Under load the next batch is read so long after the last one at the earliest: fewer and larger batches, whose fixed
   * costs are shared. At rest nothing waits. Milliseconds, default 0 (never).
   */
  readonly paceIntervalMs?: number
  /** Default: the store's. */
  readonly logger?: Logger
}

export interface PublisherLag {
  /** Committed events that are not published yet, private ones included; counted up to 100,000. */
  readonly events: number
  /** Age of the oldest of them in seconds; 0 when there is none. */
  readonly oldestSeconds: number
}

export interface Publisher {
  start(): void
  /** Finishes the batch in hand. */
  stop(): Promise<void>
  lag(): Promise<PublisherLag>
  readonly state: PublisherState
  /** Why the last attempt failed; undefined after a success. */
  readonly lastError: Error | undefined
}

const DEFAULTS = { batchSize: 2_000, pollIntervalMs: 500, paceFromEvents: 16, paceIntervalMs: 0 } as const

const BACK_OFF: BackOff = { initialDelayMs: 100, maxDelayMs: 5_000, multiplier: 2 }

type PublisherSettings = PublisherOptions & { readonly [Setting in keyof typeof DEFAULTS]: number }

export function createPublisher(options: PublisherOptions): Publisher {
  const { batchSize, pollIntervalMs, paceFromEvents, paceIntervalMs } = { ...DEFAULTS, ...options }
  requireWholeNumber({ batchSize, pollIntervalMs, paceFromEvents }, 1)
  requireWholeNumber({ paceIntervalMs }, 0)
  return new FeedPublisher({ ...options, batchSize, pollIntervalMs, paceFromEvents, paceIntervalMs })
}

/**
 * Follows the feed and hands it to `send`. The checkpoint moves after the send, so a crash in between repeats a batch and never
 * loses one. While a batch is being sent the next page is read, and the checkpoint travels with that read.
 */
class FeedPublisher implements Publisher {
  readonly #options: PublisherSettings
  readonly #engine: Engine
  readonly #logger: Logger
  readonly #reader: FeedReader
  readonly #wakeUp = new WakeUp()
  readonly #leadership: Leadership
  #state: PublisherState = 'stopped'
  #lastError: Error | undefined
  #failures = 0
  #running: Promise<void> = Promise.resolve()
  #unfollow: () => void = () => {}

  constructor(options: PublisherSettings) {
    this.#options = options
    this.#engine = engineOf(options.store)
    this.#logger = options.logger ?? this.#engine.logger
    this.#reader = new FeedReader(this.#engine, options.batchSize)
    this.#leadership = new Leadership({
      connections: this.#engine.connections,
      name: options.name,
      onCommitted: (tx) => {
        this.#reader.expect(tx)
        this.#wakeUp.signal()
      },
      onLost: () => this.#wakeUp.signal(),
    })
  }

  get state(): PublisherState {
    return this.#state
  }

  get lastError(): Error | undefined {
    return this.#lastError
  }

  start(): void {
    if (this.#state !== 'stopped') return
    this.#state = 'standby'
    this.#unfollow = this.#engine.listeners.onAppended((batch) => {
      if (this.#leadership.session === undefined) {
        this.#leadership.announce(batch.tx)
      } else {
        this.#reader.remember(batch)
        this.#wakeUp.signal()
      }
    })
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    if (this.#state !== 'stopped') this.#state = 'stopping'
    this.#wakeUp.signal()
    await this.#running
  }

  async lag(): Promise<PublisherLag> {
    const [rows = []] = await this.#engine.connections.read('measuring the lag', lagStatement(this.#options.name))
    const [events, oldest] = rows[0] ?? []
    return { events: Number(events ?? 0), oldestSeconds: Math.max(0, Number(oldest ?? 0)) }
  }

  async #run(): Promise<void> {
    while (this.#state !== 'stopping') {
      try {
        const session = await this.#leadership.tryTake()
        if (session !== undefined) await this.#lead(session)
        else await this.#wakeUp.sleep(this.#options.pollIntervalMs)
      } catch (error) {
        await this.#backOff(toError(error), 'Reading the feed failed; the publisher begins again at its checkpoint')
        this.#enter('standby')
      } finally {
        await this.#leadership.giveUp()
        this.#reader.forgetAll()
      }
    }
    this.#unfollow()
    await this.#leadership.close()
    this.#state = 'stopped'
  }

  async #lead(session: Session): Promise<void> {
    const { name, batchSize, paceFromEvents, paceIntervalMs } = this.#options
    let sent = await readCheckpoint(session, name)
    let saved = sent
    this.#failures = 0
    this.#lastError = undefined
    this.#enter('leading')
    this.#logger.info({ publisher: name, tx: String(sent.tx), position: String(sent.position) }, 'Publishing')

    const readOn = (after: FeedPosition) => {
      const checkpoint = sent
      const alongside = checkpoint === saved ? [] : [saveCheckpoint(name, checkpoint)]
      const page = this.#reader
        .read((statements) => session.run(statements), after, alongside)
        .then((read) => {
          saved = checkpoint
          return read
        })
      // Awaited later, maybe after a failed send.
      page.catch(() => {})
      return page
    }

    let page = readOn(sent)
    let looks = 0
    while (true) {
      const { events, end } = await page
      if (this.#state === 'stopping') {
        if (sent !== saved) await session.run([saveCheckpoint(name, sent)])
        return
      }
      if (isAfter(end, sent)) {
        looks = 0
        const startedAt = performance.now()
        const backlog = events.length >= batchSize / 2
        const paced = paceIntervalMs > 0 && !backlog && events.length >= paceFromEvents
        const next = backlog || (!paced && this.#reader.expectsMore(end)) ? readOn(end) : undefined
        if (!(await this.#send(events, session))) return
        sent = end
        if (paced) await delay(Math.max(0, paceIntervalMs - (performance.now() - startedAt)))
        page = next ?? readOn(sent)
        continue
      }
      if (sent === saved) {
        await this.#wakeUp.sleep(this.#reader.untilNextLook(sent, looks++, this.#options.pollIntervalMs))
      }
      if (this.#leadership.session !== session) throw new Error('The connection that held the lock is gone')
      page = readOn(sent)
    }
  }

  /** Sends until it succeeds; false when the publisher is to stop, or the lock is lost, before that. */
  async #send(events: readonly StoredEvent[], session: Session): Promise<boolean> {
    const { map, send } = this.#options
    while (true) {
      try {
        const records: OutgoingRecord[] = []
        for (const event of events) {
          const record = map(event)
          if (record !== null) records.push(record)
        }
        if (records.length > 0) await send(records)
        this.#failures = 0
        this.#lastError = undefined
        if (this.#state === 'backing-off') this.#enter('leading')
        return true
      } catch (error) {
        await this.#backOff(toError(error), 'Publishing failed; it is repeated')
        if (this.#state === 'stopping' || this.#leadership.session !== session) return false
      }
    }
  }

  async #backOff(error: Error, message: string): Promise<void> {
    this.#lastError = error
    if (this.#state === 'stopping') return
    this.#failures += 1
    const delayMs = Math.round(delayAfter(this.#failures, BACK_OFF))
    this.#enter('backing-off')
    this.#logger.error(
      { publisher: this.#options.name, error: error.message, failures: this.#failures, delayMs },
      message,
    )
    const until = performance.now() + delayMs
    while (this.#state === 'backing-off' && performance.now() < until) {
      await this.#wakeUp.sleep(Math.max(1, until - performance.now()))
    }
  }

  #enter(state: PublisherState): void {
    if (this.#state !== 'stopping') this.#state = state
  }
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
