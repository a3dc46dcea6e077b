import { EventEmitter } from 'node:events'
import { isAuthenticationFailure, reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { KafkaConfigError } from '../errors.ts'
import type { ContainerEvents, ContainerState } from './listener-types.ts'

/** In which state a container is and why, and who is told of it. What leads from one state to another is the container's. */
export class ContainerLife {
  readonly events = new EventEmitter<ContainerEvents>()
  readonly #groupId: string
  readonly #logger: Logger
  #state: ContainerState = 'stopped'
  #detail = 'not started'
  #failure: KafkaConfigError | undefined

  constructor(groupId: string, logger: Logger) {
    this.#groupId = groupId
    this.#logger = logger
  }

  get state(): ContainerState {
    return this.#state
  }

  get detail(): string {
    return this.#detail
  }

  /** Why it has stopped for good. */
  get failure(): KafkaConfigError | undefined {
    return this.#failure
  }

  enter(state: ContainerState, detail: string): void {
    this.#detail = detail
    // A container that failed stays so until it is stopped or started.
    if (this.#state === state || (this.#state === 'failed' && this.#failure && state !== 'stopped')) return
    this.#state = state
    this.events.emit('state', state)
  }

  /** More of the state that it is in. */
  describe(detail: string): void {
    this.#detail = detail
  }

  /** The first failure counts: undefined after it. */
  fail(error: unknown): KafkaConfigError | undefined {
    if (this.#failure) return undefined
    const failure =
      error instanceof KafkaConfigError
        ? error
        : new KafkaConfigError(
            isAuthenticationFailure(error) ? 'AUTHENTICATION_FAILED' : 'FETCH_FAILED',
            reason(error),
            { cause: error },
          )
    this.#failure = failure
    this.#logger.error(
      { groupId: this.#groupId, code: failure.code },
      `the listener container stops: ${failure.message}`,
    )
    this.enter('failed', failure.message)
    return failure
  }

  /** Whatever it failed for, it is tried anew. */
  forgetFailure(): void {
    this.#failure = undefined
  }
}
