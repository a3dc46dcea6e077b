import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'

/** A cut connection that is there again in a moment is no reason for an alarm. */
const LOST_AFTER_MS = 2000

/** The coordinator's side (joining, heartbeats, metadata) and the leaders' side may fail without each other. */
export type ContactSide = 'group' | 'fetch'

/** Whether requests are answered, and since when not. */
export class BrokerContact {
  readonly #groupId: string
  readonly #logger: Logger
  readonly #troubles = new Map<ContactSide, { readonly since: number; reason: string }>()
  #last: string | undefined

  constructor(groupId: string, logger: Logger) {
    this.#groupId = groupId
    this.#logger = logger
  }

  /** Why requests fail at the moment. */
  get trouble(): string | undefined {
    return this.#troubles.values().next().value?.reason
  }

  /** The newest failure, also when it is over. */
  get lastError(): string | undefined {
    return this.#last
  }

  get lost(): boolean {
    return [...this.#troubles.values()].some(({ since }) => Date.now() - since > LOST_AFTER_MS)
  }

  works(side: ContactSide): void {
    if (this.#troubles.size > 0) this.#troubles.delete(side)
  }

  /** Logs the first failure of a series: those that follow say the same. */
  fails(side: ContactSide, error: unknown): void {
    this.#last = reason(error)
    const trouble = this.#troubles.get(side)
    if (trouble) {
      trouble.reason = this.#last
      return
    }
    this.#troubles.set(side, { since: Date.now(), reason: this.#last })
    this.#logger.warn(
      { groupId: this.#groupId, error: this.#last },
      'the broker does not answer as it should; trying on',
    )
  }
}
