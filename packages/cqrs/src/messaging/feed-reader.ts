import type { FeedTransaction } from '../postgres/event-rows.ts'
import { decodeFeedIndex, feedIndexStatement, feedRangeStatement } from '../postgres/event-rows.ts'
import type { Row } from '../postgres/pipeline.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { AppendedBatch } from '../store/commit-listeners.ts'
import type { Engine } from '../store/engine.ts'
import type { FeedPosition, NewEvent, StoredEvent } from '../store/event.ts'

/** Events that are kept in memory for the reader at most. */
const MAX_REMEMBERED = 20_000

export interface FeedPage {
  readonly events: readonly StoredEvent[]
  /** Where the page ends; the place that was asked for when there is nothing after it. There may be no event of interest on the way. */
  readonly end: FeedPosition
  /** Whether there is more right behind it, as far as was looked. */
  readonly more: boolean
}

type Part = Pick<FeedPage, 'events' | 'end'>

type Run = (statements: readonly SqlStatement[]) => Promise<readonly (readonly Row[])[]>

/**
 * Reads the feed page by page. The database says which transactions come next; the events of those that this process
 * wrote itself are still in memory and need not be read back, which at full load saves more than half of the publisher's work.
 */
export class FeedReader {
  readonly #engine: Engine
  readonly #limit: number
  readonly #types: readonly string[] | undefined
  readonly #own = new Map<bigint, readonly NewEvent[]>()
  #remembered = 0
  /** Newest transaction that is known to be committed. */
  #expected = 0n

  /** `limit`: events per page at most. `types`: pages hold events of these types only; they end where they would without. */
  constructor(engine: Engine, limit: number, types?: readonly string[]) {
    this.#engine = engine
    this.#limit = limit
    this.#types = types
  }

  /** A transaction of this process. When memory is full it is left to the database: older ones are needed first. */
  remember({ tx, events }: AppendedBatch): void {
    this.expect(tx)
    if (this.#remembered + events.length > MAX_REMEMBERED) return
    this.#own.set(tx, events)
    this.#remembered += events.length
  }

  /** A transaction of anyone that is known to be committed. */
  expect(tx: bigint): void {
    if (tx > this.#expected) this.#expected = tx
  }

  /** Whether there are committed events after a place that the feed may still be hiding. */
  expectsMore(after: FeedPosition): boolean {
    return this.#expected > after.tx
  }

  /**
   * How long to sleep when a look found nothing, `looks` from 0. Committed events that are not visible in the feed yet wait for an older
   * transaction, which ends soon. Milliseconds.
   */
  untilNextLook(after: FeedPosition, looks: number, pollIntervalMs: number): number {
    return this.expectsMore(after) ? Math.min(pollIntervalMs, 2 ** looks) : pollIntervalMs
  }

  forgetAll(): void {
    this.#own.clear()
    this.#remembered = 0
  }

  /** `alongside`: statements for the same round trip. Every place up to `after` is forgotten. */
  async read(run: Run, after: FeedPosition, alongside: readonly SqlStatement[]): Promise<FeedPage> {
    const [rows = []] = await run([feedIndexStatement(after, this.#limit), ...alongside])
    this.#forget(after)
    const transactions = rows.map(decodeFeedIndex)
    const [first] = transactions
    if (first === undefined) return { events: [], end: after, more: false }
    const own = this.#ownEvents(first) !== undefined
    const { events, end } = own ? this.#takeOwn(after, transactions) : await this.#readForeign(run, after, transactions)
    const types = this.#types
    return {
      events: types === undefined ? events : events.filter(({ type }) => types.includes(type)),
      end,
      more: end.tx !== transactions.at(-1)?.tx || sizeOf(transactions) >= this.#limit,
    }
  }

  #takeOwn(after: FeedPosition, transactions: readonly FeedTransaction[]): Part {
    const events: StoredEvent[] = []
    let end = after
    for (const transaction of transactions) {
      const own = this.#ownEvents(transaction)
      if (own === undefined) break
      const { tx, positions } = transaction
      own.forEach((event, n) => {
        events.push({ ...event, position: positions[n] ?? 0n, tx })
      })
      end = { tx, position: positions.at(-1) ?? end.position }
    }
    return { events, end }
  }

  async #readForeign(run: Run, after: FeedPosition, transactions: readonly FeedTransaction[]): Promise<Part> {
    let end = after
    for (const transaction of transactions) {
      if (this.#ownEvents(transaction) !== undefined) break
      end = { tx: transaction.tx, position: transaction.positions.at(-1) ?? end.position }
    }
    const stored = this.#types && this.#engine.storedTypes(this.#types)
    const [rows = []] = await run([feedRangeStatement(after, end, stored)])
    return { events: this.#engine.decodeEvents(rows), end }
  }

  /** undefined when they are not in memory, or when the page does not hold the whole transaction. */
  #ownEvents({ tx, positions }: FeedTransaction): readonly NewEvent[] | undefined {
    const events = this.#own.get(tx)
    return events?.length === positions.length ? events : undefined
  }

  #forget({ tx: until }: FeedPosition): void {
    for (const [tx, events] of this.#own) {
      // In the order of commits, which is nearly that of transaction ids: a straggler is forgotten one page later.
      if (tx > until) break
      this.#own.delete(tx)
      this.#remembered -= events.length
    }
  }
}

const sizeOf = (transactions: readonly FeedTransaction[]): number =>
  transactions.reduce((sum, { positions }) => sum + positions.length, 0)
