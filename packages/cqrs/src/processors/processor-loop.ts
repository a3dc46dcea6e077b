import type { BackOff } from '../back-off.ts'
import { delayAfter } from '../back-off.ts'
import type { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { FeedPage } from '../messaging/feed-reader.ts'
import { FeedReader } from '../messaging/feed-reader.ts'
import type { FeedStart } from '../messaging/feed-start.ts'
import { CommitAnnouncer, hearCommits, LISTEN_TO_COMMITS } from '../postgres/commit-notices.ts'
import { toCqrsError } from '../postgres/failure.ts'
import { PROCESSOR_CHANNEL } from '../postgres/processor-rows.ts'
import type { Session } from '../postgres/session.ts'
import type { AppendedBatch } from '../store/commit-listeners.ts'
import type { Engine } from '../store/engine.ts'
import type { FeedPosition } from '../store/event.ts'
import { isAfter } from '../store/event.ts'
import { WakeUp } from '../wake-up.ts'
import type { Sequence } from './processor-claim.ts'
import { ProcessorClaims } from './processor-claims.ts'
import { SegmentWork } from './segment-work.ts'
import type { TrackingProcessorOptions } from './tracking-processor-options.ts'

/**
 * - `stopped`: not started, or stopped for good.
 * - `standby`: has no segment: other instances have them all, or the database is being connected.
 * - `following`: works on its segments, or waits for events.
 * - `backing-off`: the database is away; or an event of a segment failed, which is tried again after a delay while the other segments go on.
 *   `lastError` says why.
 * - `stopping`: finishes the batch in hand.
 */
export const PROCESSOR_STATES = ['stopped', 'standby', 'following', 'backing-off', 'stopping'] as const
export type ProcessorState = (typeof PROCESSOR_STATES)[number]

export interface LoopSettings {
  readonly name: string
  readonly owner: string
  readonly handle: TrackingProcessorOptions['handle']
  readonly onHandled: NonNullable<TrackingProcessorOptions['onHandled']>
  readonly types?: readonly string[]
  readonly sequence: Sequence
  readonly segments: number
  readonly initialPosition: FeedStart
  readonly batchSize: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
  readonly claimIntervalMs: number
  readonly backOff: BackOff
  readonly logger: Logger
}

/**
 * Reads the feed once for all segments that this instance holds. Segments at the same place move together; those at different places take turns,
 * page by page, so that one that lags behind catches up without holding up the others. While a page is being handled the next one is read.
 */
export class ProcessorLoop {
  readonly #engine: Engine
  readonly #settings: LoopSettings
  readonly #reader: FeedReader
  readonly #claims: ProcessorClaims
  readonly #work: SegmentWork
  readonly #announcer: CommitAnnouncer
  readonly #onProgress: () => void
  readonly #wakeUp = new WakeUp()
  #running: 'no' | 'yes' | 'stopping' = 'no'
  #unavailable: CqrsError | undefined
  #tendAt = 0
  #turn = 0
  #readAhead: { readonly after: FeedPosition; readonly page: Promise<FeedPage> } | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(engine: Engine, settings: LoopSettings, onProgress: () => void) {
    const { connections } = engine
    const parts = { ...settings, connections, processor: settings.name }
    this.#engine = engine
    this.#settings = settings
    this.#reader = new FeedReader(engine, settings.batchSize, settings.types)
    this.#claims = new ProcessorClaims(parts)
    this.#work = new SegmentWork({ ...parts, claims: this.#claims })
    this.#announcer = new CommitAnnouncer(connections)
    this.#onProgress = onProgress
  }

  get state(): ProcessorState {
    if (this.#running === 'no') return 'stopped'
    if (this.#running === 'stopping') return 'stopping'
    if (this.lastError !== undefined) return 'backing-off'
    return this.#claims.tokens.length === 0 ? 'standby' : 'following'
  }

  get lastError(): CqrsError | undefined {
    return this.#unavailable ?? this.#work.lastError
  }

  start(): void {
    if (this.#running !== 'no') return
    this.#running = 'yes'
    this.#ended = this.#run()
  }

  async stop(): Promise<void> {
    if (this.#running === 'yes') this.#running = 'stopping'
    this.#wakeUp.signal()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { name, claimIntervalMs, backOff, logger } = this.#settings
    const unfollow = this.#engine.listeners.onAppended((batch) => this.#appended(batch))
    this.#claims.startHeartbeat(claimIntervalMs)
    let failures = 0
    while (this.#running === 'yes') {
      try {
        await this.#follow(() => {
          failures = 0
        })
      } catch (failure) {
        this.#unavailable = toCqrsError(failure, `following the feed as '${name}'`)
        failures += 1
        const delayMs = Math.round(delayAfter(failures, backOff))
        const fields = { processor: name, error: this.#unavailable.message, failures, delayMs }
        logger.error(fields, 'The processor lost the database')
        await this.#wait(delayMs)
      }
    }
    unfollow()
    await this.#claims.giveUp().catch((error: unknown) => {
      logger.warn({ processor: name, err: error }, 'Segments were not given back; others take them when the lease ends')
    })
    this.#running = 'no'
  }

  /** Returns when the processor is to stop; throws when the database is away. */
  async #follow(onWorking: () => void): Promise<void> {
    const { segments, initialPosition } = this.#settings
    const session = await this.#listen()
    try {
      await this.#claims.create(segments, initialPosition)
      this.#tendAt = 0
      let looks = 0
      while (this.#running === 'yes') {
        if (performance.now() >= this.#tendAt) await this.#tend()
        const places = this.#places()
        const after = places[this.#turn++ % places.length]
        const moved = after !== undefined && (await this.#handlePage(session, after))
        this.#unavailable = undefined
        onWorking()
        looks = moved ? 0 : looks + 1
        // Each place has its turn before there is a rest.
        if (looks >= places.length) await this.#rest(after, Math.floor(looks / Math.max(1, places.length)) - 1)
      }
    } finally {
      this.#claims.forgetAll()
      this.#reader.forgetAll()
      this.#readAhead = undefined
      await session.client.end().catch(() => {})
    }
  }

  async #listen(): Promise<Session> {
    const session = await this.#engine.connections.dedicated(() => this.#wakeUp.signal())
    hearCommits(session, (tx) => {
      this.#reader.expect(tx)
      this.#wakeUp.signal()
    })
    session.client.on('notification', ({ channel, payload }) => {
      if (channel !== PROCESSOR_CHANNEL || payload !== this.#settings.name) return
      this.#tendAt = 0
      this.#wakeUp.signal()
    })
    await session.client.query(`${LISTEN_TO_COMMITS}; listen ${PROCESSOR_CHANNEL}`)
    return session
  }

  #appended(batch: AppendedBatch): void {
    this.#reader.remember(batch)
    this.#wakeUp.signal()
    if (!this.#claims.alone) this.#announcer.announce(batch.tx)
  }

  async #tend(): Promise<void> {
    this.#tendAt = performance.now() + this.#settings.claimIntervalMs
    await this.#claims.tend()
    this.#work.forgetLost()
  }

  /** Where the segments are, each place once. */
  #places(): readonly FeedPosition[] {
    const places = new Map<string, FeedPosition>()
    for (const { position } of this.#work.ready()) places.set(`${position.tx}/${position.position}`, position)
    return [...places.values()]
  }

  /** false: there is nothing after that place. */
  async #handlePage(session: Session, after: FeedPosition): Promise<boolean> {
    const { events, end, more } = await this.#page(session, after)
    if (!isAfter(end, after)) return false
    this.#readAhead = more || this.#reader.expectsMore(end) ? { after: end, page: this.#read(session, end) } : undefined
    const tokens = this.#work.ready().filter(({ position }) => !isAfter(after, position) && isAfter(end, position))
    const arrived = await this.#work.advance(tokens, events, end)
    // What another instance has taken it may give back, and what was reset goes on elsewhere.
    if (!arrived) this.#tendAt = 0
    this.#onProgress()
    return true
  }

  #page(session: Session, after: FeedPosition): Promise<FeedPage> {
    const { after: read, page } = this.#readAhead ?? {}
    // It shows what there was when it was read.
    this.#readAhead = undefined
    return read?.tx === after.tx && read.position === after.position && page ? page : this.#read(session, after)
  }

  #read(session: Session, after: FeedPosition): Promise<FeedPage> {
    const page = this.#reader.read((statements) => session.run(statements), after, [])
    // Awaited later, maybe never.
    page.catch(() => {})
    return page
  }

  async #rest(after: FeedPosition | undefined, looks: number): Promise<void> {
    const { pollIntervalMs } = this.#settings
    const untilNews = after === undefined ? pollIntervalMs : this.#reader.untilNextLook(after, looks, pollIntervalMs)
    const untilTend = Math.max(0, this.#tendAt - performance.now())
    await this.#wakeUp.sleep(Math.min(untilNews, untilTend, this.#work.untilNextTry()))
  }

  async #wait(delayMs: number): Promise<void> {
    const until = performance.now() + delayMs
    for (let left = delayMs; this.#running === 'yes' && left > 0; left = until - performance.now()) {
      await this.#wakeUp.sleep(Math.max(1, left))
    }
  }
}
