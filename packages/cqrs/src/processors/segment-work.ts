import type { BackOff } from '../back-off.ts'
import { delayAfter } from '../back-off.ts'
import type { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Connections } from '../postgres/connections.ts'
import type { FailureKind } from '../postgres/failure.ts'
import { DIVISION_BY_ZERO, failsWith, kindOfFailure, toCqrsError } from '../postgres/failure.ts'
import { moveTokens, recordError } from '../postgres/processor-rows.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { FeedPosition, StoredEvent } from '../store/event.ts'
import type { Sequence, Token } from './processor-claim.ts'
import { advanced, shareOf } from './processor-claim.ts'
import type { ProcessorClaims } from './processor-claims.ts'
import type { TrackingProcessorOptions } from './tracking-processor-options.ts'

export interface SegmentWorkParts {
  readonly connections: Connections
  readonly claims: ProcessorClaims
  readonly processor: string
  readonly handle: TrackingProcessorOptions['handle']
  readonly onHandled: NonNullable<TrackingProcessorOptions['onHandled']>
  readonly sequence: Sequence
  readonly backOff: BackOff
  readonly logger: Logger
}

/** Nothing is wrong with the events. */
const WAITED_FOR: ReadonlySet<FailureKind> = new Set(['unavailable', 'locked', 'overtime'])

/** A segment whose last batch failed. */
interface Failing {
  readonly error: CqrsError
  readonly failures: number
  /** By `performance.now()`. */
  readonly againAt: number
}

/**
 * Commits the effect of events together with the tokens that say so. Segments are taken together as long as all goes well. After a failure each is
 * tried alone, and its events by halves, until it is known which event of which segment fails; only that segment waits, right before that event.
 */
export class SegmentWork {
  readonly #parts: SegmentWorkParts
  readonly #failing = new Map<number, Failing>()

  constructor(parts: SegmentWorkParts) {
    this.#parts = parts
  }

  /** The segments that need not wait. */
  ready(): readonly Token[] {
    const now = performance.now()
    return this.#parts.claims.tokens.filter(({ segment }) => (this.#failing.get(segment.id)?.againAt ?? 0) <= now)
  }

  /** How long until a waiting segment is to be tried again. Milliseconds; Infinity: none waits. */
  untilNextTry(): number {
    const tries = [...this.#failing.values()].map(({ againAt }) => againAt)
    return Math.max(0, Math.min(...tries) - performance.now())
  }

  get lastError(): CqrsError | undefined {
    return [...this.#failing.values()].at(-1)?.error
  }

  /** Segments that are not held any more do not wait here. */
  forgetLost(): void {
    const held = new Set(this.#parts.claims.tokens.map(({ segment }) => segment.id))
    for (const id of this.#failing.keys()) if (!held.has(id)) this.#failing.delete(id)
  }

  /**
   * Brings the segments from their places to `end`. `events`: all of the page. false: a segment did not get there, because it waits or is lost to
   * another instance. Throws when the database is away.
   */
  async advance(tokens: readonly Token[], events: readonly StoredEvent[], end: FeedPosition): Promise<boolean> {
    try {
      await this.#commit(tokens, events, end)
      return true
    } catch (error) {
      if (WAITED_FOR.has(kindOfFailure(error))) throw error
      const [token, ...others] = tokens
      if (token === undefined) return true
      if (others.length > 0) return this.#advanceEach(tokens, events, end)
      if (failsWith(error, DIVISION_BY_ZERO, 0)) {
        this.#parts.claims.drop(token)
        return false
      }
      const { replayed, live } = shareOf(events, tokens, this.#parts.sequence)
      const own = [...replayed, ...live]
      const middle = middlePlace(own)
      if (middle > 0) return this.#advanceByHalves(token, own, middle, end)
      await this.#failed(token, own[0], error)
      return false
    }
  }

  async #advanceEach(tokens: readonly Token[], events: readonly StoredEvent[], end: FeedPosition): Promise<boolean> {
    let all = true
    for (const token of tokens) all = (await this.advance([token], events, end)) && all
    return all
  }

  async #advanceByHalves(
    token: Token,
    events: readonly StoredEvent[],
    middle: number,
    end: FeedPosition,
  ): Promise<boolean> {
    const { tx, position } = events[middle - 1] ?? token.position
    if (!(await this.advance([token], events.slice(0, middle), { tx, position }))) return false
    return this.advance([advanced(token, { tx, position })], events.slice(middle), end)
  }

  async #commit(tokens: readonly Token[], events: readonly StoredEvent[], end: FeedPosition): Promise<void> {
    const { connections, claims, processor, handle, sequence } = this.#parts
    const { replayed, live } = shareOf(events, tokens, sequence)
    const statements: SqlStatement[] = [moveTokens(processor, tokens, end)]
    if (replayed.length > 0) statements.push(...((await handle(replayed, { replaying: true })) ?? []))
    if (live.length > 0) statements.push(...((await handle(live, { replaying: false })) ?? []))
    await connections.transact(statements)
    for (const { segment } of tokens) this.#failing.delete(segment.id)
    claims.moved(tokens.map((token) => advanced(token, end)))
    this.#tell(replayed, true)
    this.#tell(live, false)
  }

  #tell(events: readonly StoredEvent[], replaying: boolean): void {
    const { processor, onHandled, logger } = this.#parts
    try {
      if (events.length > 0) onHandled(events, { replaying })
    } catch (error) {
      // The effect is committed: nothing that is told can make it fail any more.
      logger.error({ processor, err: error }, 'A listener for handled events threw')
    }
  }

  async #failed(token: Token, event: StoredEvent | undefined, cause: unknown): Promise<void> {
    const { connections, processor, backOff, logger } = this.#parts
    const { segment } = token
    const what =
      event === undefined ? 'no event' : `${event.type} ${event.id} (version ${event.version} of ${event.stream})`
    const error = toCqrsError(cause, `handling ${what} in segment ${segment.id} of processor '${processor}'`)
    const failures = (this.#failing.get(segment.id)?.failures ?? 0) + 1
    const delayMs = Math.round(delayAfter(failures, backOff))
    this.#failing.set(segment.id, { error, failures, againAt: performance.now() + delayMs })
    const fields = { processor, segment: segment.id, error: error.message, failures, delayMs }
    logger.error(fields, 'An event could not be handled; its segment waits before it')
    // For the eyes of operators only.
    await connections.transact([recordError(processor, [token], error.message)]).catch(() => {})
  }
}

/** Where to cut events in two. What an upcaster made of one stored event has one place and stays together. 0: they have all the same place. */
function middlePlace(events: readonly StoredEvent[]): number {
  const half = events.length >>> 1
  const cuts = (n: number): boolean => n > 0 && events[n - 1]?.position !== events[n]?.position
  for (let distance = 0; distance <= half; distance += 1) {
    if (cuts(half - distance)) return half - distance
    if (half + distance < events.length && cuts(half + distance)) return half + distance
  }
  return 0
}
