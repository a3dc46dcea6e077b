import { setTimeout as delay } from 'node:timers/promises'
import type { Authorize, Caller } from './callers.ts'
import { openCallers } from './callers.ts'

export interface PersistentOptions {
  /** No request is repeated after this moment of `performance.now()`. */
  readonly giveUpAt: () => number
  readonly authorize: Authorize
}

export interface Answer {
  readonly status: number
  /** Parsed JSON, of a success or of a problem. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly body?: object
  readonly as: Caller
  /** Makes a repetition harmless. */
  readonly idempotencyKey?: string
}

const ANSWER_TIMEOUT_MS = 25_000
const PAUSE_MS = 500
const BAD_REQUEST = 400
const FAULT_OF_SERVER = 500

/** A caller that repeats a request, as it is, until a service that may die at any moment has answered it. */
export class PersistentCaller {
  readonly #giveUpAt: () => number
  readonly #headersOf: (caller: Caller) => Promise<Record<string, string>>
  #repeated = 0

  constructor({ giveUpAt, authorize }: PersistentOptions) {
    this.#giveUpAt = giveUpAt
    this.#headersOf = openCallers(authorize)
  }

  /** Requests that had to be sent again. */
  get repeated(): number {
    return this.#repeated
  }

  /** The first answer that is no fault of the server's: a success, or a refusal. */
  async call({ method, url, body, as, idempotencyKey }: Request): Promise<Answer> {
    const caller = await this.#headersOf(as)
    let last: unknown
    do {
      try {
        const response = await fetch(url, {
          method,
          headers: {
            ...caller,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        })
        const text = await response.text()
        if (response.status < FAULT_OF_SERVER)
          return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
        last = `${response.status}: ${text}`
      } catch (error) {
        last = error
      }
      this.#repeated++
      await delay(PAUSE_MS)
    } while (performance.now() < this.#giveUpAt())
    throw new Error(`${method} ${url} was never answered: ${last}`, { cause: last })
  }

  /** Repeats the request until its answer has one of these statuses; for what is not there yet. */
  async until(statuses: readonly number[], request: Request): Promise<Answer> {
    for (;;) {
      const answer = await this.call(request)
      if (statuses.includes(answer.status)) return answer
      // No repetition makes a wrong request right.
      if (answer.status === BAD_REQUEST || performance.now() > this.#giveUpAt()) throw unexpected(request, answer)
      await delay(PAUSE_MS)
    }
  }
}

export const unexpected = ({ method, url }: Request, { status, body }: Answer): Error =>
  new Error(`${method} ${url} answered ${status}: ${JSON.stringify(body)}`)
