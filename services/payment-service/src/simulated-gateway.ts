import { randomUUID } from 'node:crypto'
import type { Database } from '@stocker/service-kit'
import type { AuthorizationAnswer, AuthorizationRequest, DeclineReason, PaymentGateway } from './gateway.ts'
import { GatewayError } from './gateway.ts'
import type { LedgerEntry } from './gateway-ledger.ts'
import { ledgerMigrations, recordEntries } from './gateway-ledger.ts'

const AUTHORIZED = 'authorized'
type Decline = Extract<AuthorizationAnswer, { outcome: 'declined' }>

const declined = (reason: DeclineReason, message: string): Decline => ({ outcome: 'declined', reason, message })

const TOKENS: ReadonlyMap<string, typeof AUTHORIZED | Decline> = new Map<string, typeof AUTHORIZED | Decline>([
  ['tok_ok', AUTHORIZED],
  ['tok_declined', declined('DECLINED', 'the card was declined')],
  ['tok_insufficient_funds', declined('INSUFFICIENT_FUNDS', 'the account does not cover the amount')],
  ['tok_timeout', AUTHORIZED],
  ['tok_refund_fails', AUTHORIZED],
])
const UNKNOWN_TOKEN = declined('DECLINED', 'the gateway does not know this payment token')

/** The request is carried out, but its first answer is lost, as it is when a connection breaks. */
const SILENT_AT_FIRST = 'tok_timeout'

/** Unnest's arrays and the wait of the first of a group grow with it; the gain beyond this is small. */
const MAX_GROUP = 500

interface Call {
  readonly request: AuthorizationRequest
  readonly resolve: (answer: AuthorizationAnswer) => void
  readonly reject: (error: GatewayError) => void
}

/**
 * A gateway for development and tests: it answers by the token and keeps its own ledger, in its own database, so that a
 * double charge would show there. While one group of calls is written the next calls collect and go together.
 */
export class SimulatedGateway implements PaymentGateway {
  readonly #database: Database
  #opened: Promise<void> | null = null
  #waiting: Call[] = []
  #working = false

  /** `database`: the ledger's own, not that of the payment service. */
  constructor(database: Database) {
    this.#database = database
  }

  /** Creates the ledger where it is missing; the first call does it at the latest. */
  open(): Promise<void> {
    this.#opened ??= this.#database.migrate(ledgerMigrations).catch((error: unknown) => {
      this.#opened = null
      throw error
    })
    return this.#opened
  }

  authorize(request: AuthorizationRequest): Promise<AuthorizationAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject })
      if (this.#working) return
      this.#working = true
      // Not at once: what else is asked for in this turn joins the group.
      setImmediate(() => this.#work())
    })
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MAX_GROUP)
      this.#waiting = this.#waiting.slice(MAX_GROUP)
      await this.#answer(group)
    }
    this.#working = false
  }

  async #answer(group: readonly Call[]): Promise<void> {
    const firsts = new Map<string, LedgerEntry>()
    for (const { request } of group) {
      if (!firsts.has(request.idempotencyKey))
        firsts.set(request.idempotencyKey, { request, answer: answerTo(request) })
    }
    let known: ReadonlyMap<string, LedgerEntry>
    try {
      await this.open()
      known = await recordEntries(this.#database.pool, [...firsts.values()])
    } catch (cause) {
      for (const { request, reject } of group) reject(noAnswer(request, cause))
      return
    }
    for (const call of group) {
      const { request } = call
      const entry = known.get(request.idempotencyKey) ?? firsts.get(request.idempotencyKey)
      if (entry === undefined) continue
      const isNew = entry.request === request
      if (isNew && request.token === SILENT_AT_FIRST) continue
      answer(call, entry)
    }
  }
}

const answerTo = ({ token }: AuthorizationRequest): AuthorizationAnswer => {
  const answer = TOKENS.get(token) ?? UNKNOWN_TOKEN
  return answer === AUTHORIZED ? { outcome: 'authorized', authorizationId: `auth_${randomUUID()}` } : answer
}

const isSame = (a: AuthorizationRequest, b: AuthorizationRequest): boolean =>
  a.orderId === b.orderId &&
  a.token === b.token &&
  a.amount.amount === b.amount.amount &&
  a.amount.currency === b.amount.currency

const answer = ({ request, resolve, reject }: Call, entry: LedgerEntry): void => {
  if (isSame(request, entry.request)) {
    resolve(entry.answer)
    return
  }
  const { idempotencyKey, orderId } = request
  reject(
    new GatewayError(
      'GATEWAY_KEY_REUSED',
      `key ${idempotencyKey} stands for another request, of order ${entry.request.orderId}; ` +
        `order ${orderId} was not charged: use a key of its own`,
    ),
  )
}

const noAnswer = ({ orderId, idempotencyKey }: AuthorizationRequest, cause: unknown): GatewayError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new GatewayError(
    'GATEWAY_NO_ANSWER',
    `the gateway could not be reached for order ${orderId} (${why}); ask it again with key ${idempotencyKey}`,
    { cause },
  )
}
