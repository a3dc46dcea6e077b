import type { Connections } from './connections.ts'
import type { Session } from './session.ts'

/** Committed transactions are announced here to those who follow the feed in another process. */
const CHANNEL = 'cqrs_committed'

export const LISTEN_TO_COMMITS = `listen ${CHANNEL}`

/** Calls `onCommitted` with what others announce, once the session has run LISTEN_TO_COMMITS. */
export function hearCommits(session: Session, onCommitted: (tx: bigint) => void): void {
  session.client.on('notification', ({ channel, payload }) => {
    if (channel === CHANNEL && payload !== undefined && /^\d+$/.test(payload)) onCommitted(BigInt(payload))
  })
}

/**
 * Tells those who follow the feed elsewhere that there is something new. One announcement is under way at a time, and the next
 * one stands for all commits in between: at full load nothing waits for it.
 */
export class CommitAnnouncer {
  readonly #connections: Connections
  #newest = 0n
  #announcing = false

  constructor(connections: Connections) {
    this.#connections = connections
  }

  announce(tx: bigint): void {
    if (tx <= this.#newest) return
    this.#newest = tx
    if (this.#announcing) return
    this.#announcing = true
    this.#announceAll().finally(() => {
      this.#announcing = false
    })
  }

  async #announceAll(): Promise<void> {
    for (let told = 0n; told < this.#newest; ) {
      told = this.#newest
      // Whoever follows the feed looks every poll interval anyway.
      await this.#connections.transact([{ text: `select pg_notify('${CHANNEL}', $1)`, values: [told] }]).catch(() => {})
    }
  }
}
