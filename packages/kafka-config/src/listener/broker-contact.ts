import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'

/** A cut connection that is there again in a moment is no reason for an alarm. */
const UNREACHABLE_AFTER_MS = 2000

/** Whether requests are answered, and since when not. */
export class BrokerContact {
  readonly #groupId: string
  readonly #logger: Logger
  #since: number | undefined
  #trouble: string | undefined
  #last: string | undefined

  constructor(groupId: string, logger: Logger) {
    this.#groupId = groupId
    this.#logger = logger
  }

  /** Why requests fail at the moment. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** The newest failure, also when it is over. */
  get lastError(): string | undefined {
    return this.#last
  }

  get lost(): boolean {
    return this.#since !== undefined && Date.now() - this.#since > UNREACHABLE_AFTER_MS
  }

  works(): void {
    this.#since = undefined
    this.#trouble = undefined
  }

  /** Logs the first failure of a series: those that follow say the same. */
  fails(error: unknown): void {
    this.#trouble = reason(error)
    this.#last = this.#trouble
    if (this.#since !== undefined) return
    this.#since = Date.now()
    this.#logger.warn(
      { groupId: this.#groupId, error: this.#trouble },
      'the broker does not answer as it should; trying on',
    )
  }
}
