import { CommitAnnouncer, hearCommits, LISTEN_TO_COMMITS } from './commit-notices.ts'
import type { Connections } from './connections.ts'
import type { Session } from './session.ts'

const TAKE_LOCK = `select pg_try_advisory_lock(hashtextextended('cqrs publisher ' || $1, 0))`

/**
 * The right to publish under a name: a session advisory lock on a connection of its own. It ends with the connection, so when
 * the holder dies the next one to ask gets it, and a checkpoint written on that connection is written by the holder or not at all.
 */
export class Leadership {
  readonly #connections: Connections
  readonly #name: string
  readonly #onCommitted: (tx: bigint) => void
  readonly #onLost: () => void
  #waiting: Session | undefined
  #leading: Session | undefined
  readonly #announcer: CommitAnnouncer

  constructor(parts: {
    readonly connections: Connections
    readonly name: string
    readonly onCommitted: (tx: bigint) => void
    readonly onLost: () => void
  }) {
    this.#connections = parts.connections
    this.#name = parts.name
    this.#onCommitted = parts.onCommitted
    this.#onLost = parts.onLost
    this.#announcer = new CommitAnnouncer(parts.connections)
  }

  /** The connection that holds the lock, while it does. */
  get session(): Session | undefined {
    return this.#leading
  }

  /** undefined: another one leads. */
  async tryTake(): Promise<Session | undefined> {
    this.#waiting ??= await this.#connect()
    const session = this.#waiting
    const [rows = []] = await session.run([{ text: TAKE_LOCK, values: [this.#name] }])
    if (rows[0]?.[0] !== 't') return undefined
    // Losing the last checkpoint in a crash of the server only repeats a batch: no need to wait for the disk.
    await session.client.query(`set synchronous_commit = off; ${LISTEN_TO_COMMITS}`)
    this.#leading = session
    return session
  }

  /** Tells the leader, wherever it is, that there is something to publish. */
  announce(tx: bigint): void {
    this.#announcer.announce(tx)
  }

  async giveUp(): Promise<void> {
    const leading = this.#leading
    this.#leading = undefined
    if (leading === undefined) return
    this.#waiting = undefined
    await leading.client.end().catch(() => {})
  }

  async close(): Promise<void> {
    await this.giveUp()
    const waiting = this.#waiting
    this.#waiting = undefined
    await waiting?.client.end().catch(() => {})
  }

  async #connect(): Promise<Session> {
    const session = await this.#connections.dedicated(() => {
      if (this.#waiting === session) this.#waiting = undefined
      if (this.#leading === session) this.#leading = undefined
      this.#onLost()
    })
    hearCommits(session, this.#onCommitted)
    return session
  }
}
