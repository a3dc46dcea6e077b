import type { AppendedBatch } from './commit-listeners.ts'
import type { FeedPosition, NewEvent, StoredEvent } from './event.ts'
import type { FeedTransaction } from './postgres/event-rows.ts'
import { decodeFeedIndex, decodePosition, feedIndexStatement, feedRangeStatement } from './postgres/event-rows.ts'
import type { Row } from './postgres/pipeline.ts'
import type { SqlStatement } from './sql-statement.ts'

/** Events that are kept in memory for the reader at most. */
const MAX_REMEMBERED = 20_000

export interface FeedPage {
  readonly events: readonly StoredEvent[]
  /** Where the page ends. */
  readonly end: FeedPosition
}

type Run = (statements: readonly SqlStatement[]) => Promise<readonly (readonly Row[])[]>

/**
 * Reads the feed page by page. The database says which transactions come next; the events of those that this process
 * wrote itself are still in memory and need not be read back, which at full load saves more than half of the publisher's work.
 */
export class FeedReader {
  readonly #limit: number
  readonly #decode: (rows: readonly Row[]) => readonly StoredEvent[]
  readonly #own = new Map<bigint, readonly NewEvent[]>()
  #remembered = 0
  /** Newest transaction that is known to be committed. */
  #expected = 0n

  /** `limit`: events per page. `decode`: of rows that were read. */
  constructor(limit: number, decode: (rows: readonly Row[]) => readonly StoredEvent[]) {
    this.#limit = limit
    this.#decode = decode
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
    if (first === undefined) return { events: [], end: after }
    if (this.#ownEvents(first) !== undefined) return this.#takeOwn(after, transactions)
    const page = await this.#readForeign(run, after, transactions)
    // A page of which upcasters leave nothing must not look like the end.
    return page.events.length === 0 && page.end !== after ? this.read(run, page.end, []) : page
  }

  #takeOwn(after: FeedPosition, transactions: readonly FeedTransaction[]): FeedPage {
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

  async #readForeign(run: Run, after: FeedPosition, transactions: readonly FeedTransaction[]): Promise<FeedPage> {
    let lastTx = after.tx
    for (const transaction of transactions) {
      if (this.#ownEvents(transaction) !== undefined) break
      lastTx = transaction.tx
    }
    const [rows = []] = await run([feedRangeStatement(after, lastTx, this.#limit)])
    const last = rows.at(-1)
    return { events: this.#decode(rows), end: last === undefined ? after : decodePosition(last) }
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
