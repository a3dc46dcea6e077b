import { randomUUIDv7 } from 'node:crypto'
import { NaturalGrouping } from '@stocker/cqrs'
import type { Database } from '@stocker/service-kit'
import { addWebhooks, migrateOnce, webhookMigrations } from '@stocker/service-kit'
import type {
  AuthorizationAnswer,
  AuthorizationRequest,
  MovementAnswer,
  MovementRequest,
  PaymentGateway,
} from '../gateway.ts'
import { GatewayError, noAnswer } from '../gateway.ts'
import type { Answered, GatewayReporting } from './gateway-messages.ts'
import { messageOf } from './gateway-messages.ts'
import type { AuthorizationEntry } from './ledger-authorizations.ts'
import { recordAuthorizations } from './ledger-authorizations.ts'
import { recordMovements } from './ledger-movements.ts'
import { ledgerMigrations } from './ledger-tables.ts'
import type { KindedRequest, LedgerKind } from './movement-rules.ts'
import { behaviourOf } from './tokens.ts'

/** Unnest's arrays and the wait of the first of a group grow with it; the gain beyond this is small. */
const MAX_GROUP = 500

const PREFIX: Readonly<Record<LedgerKind, string>> = { capture: 'cap', void: 'void', refund: 'ref' }

interface Call<Request, Answer> {
  readonly request: Request
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: GatewayError) => void
}
type AuthorizationCall = Call<AuthorizationRequest, AuthorizationAnswer>
type MovementCall = Call<KindedRequest, MovementAnswer>

/**
 * A gateway for development and tests: it answers by the token and keeps its own ledger, in its own database, so that a
 * double charge would show there. While one group of calls is written the next calls collect and go together.
 */
export class SimulatedGateway implements PaymentGateway {
  readonly #database: Database
  readonly #reporting: GatewayReporting
  readonly #authorizations = new NaturalGrouping<AuthorizationCall>(MAX_GROUP, (calls) => this.#authorizeAll(calls))
  readonly #movements = new NaturalGrouping<MovementCall>(MAX_GROUP, (calls) => this.#moveAll(calls))
  /** Creates the ledger where it is missing; the first call does it at the latest. */
  readonly open: () => Promise<void>
  /** Something to be reported is being written. */
  #owes = false

  /** `database`: the ledger's own, not that of the payment service. `reporting`: what it stores there to be reported; default: nothing. */
  constructor(database: Database, reporting: GatewayReporting = { reported: 'none', delayMs: 0 }) {
    this.#database = database
    this.#reporting = reporting
    this.open = migrateOnce(database, [...ledgerMigrations, ...webhookMigrations])
  }

  authorize(request: AuthorizationRequest): Promise<AuthorizationAnswer> {
    return new Promise((resolve, reject) => this.#authorizations.add({ request, resolve, reject }))
  }

  capture(request: MovementRequest): Promise<MovementAnswer> {
    return this.#move('capture', request)
  }

  void(request: MovementRequest): Promise<MovementAnswer> {
    return this.#move('void', request)
  }

  refund(request: MovementRequest): Promise<MovementAnswer> {
    return this.#move('refund', request)
  }

  /** An answer did not reach its caller: it is reported. */
  async answerLost(answered: Answered): Promise<void> {
    const message = this.#reporting.reported === 'none' ? undefined : messageOf(answered, this.#reporting.delayMs)
    if (message === undefined) return
    await this.#database.pool.query(addWebhooks([message]))
    this.#reporting.onOwed?.()
  }

  readonly #reportOf = (answered: Answered) => {
    const { reported, delayMs } = this.#reporting
    const isLost = answered.kind === 'authorize' && behaviourOf(answered.request.token).firstAnswerLost === true
    const message = reported === 'all' || (reported === 'lost' && isLost) ? messageOf(answered, delayMs) : undefined
    this.#owes ||= message !== undefined
    return message
  }

  #move(kind: LedgerKind, request: MovementRequest): Promise<MovementAnswer> {
    return new Promise((resolve, reject) => this.#movements.add({ request: { ...request, kind }, resolve, reject }))
  }

  async #authorizeAll(calls: readonly AuthorizationCall[]): Promise<void> {
    const firsts = firstOfEachKey(calls).map((request) => ({ request, answer: answerTo(request) }))
    const known = await this.#written(calls, () =>
      recordAuthorizations(this.#database.pool, firsts, (entry) => this.#reportOf({ kind: 'authorize', ...entry })),
    )
    if (known === undefined) return
    const entries = new Map<string, AuthorizationEntry>(firsts.map((entry) => [entry.request.idempotencyKey, entry]))
    for (const [key, entry] of known) entries.set(key, entry)
    for (const call of calls) {
      const entry = entries.get(call.request.idempotencyKey)
      const isNew = entry?.request === call.request
      if (isNew && behaviourOf(call.request.token).firstAnswerLost) continue
      answer(call, entry, sameAuthorization)
    }
  }

  async #moveAll(calls: readonly MovementCall[]): Promise<void> {
    const firsts = firstOfEachKey(calls).map((request) => ({ request, movementId: numberOf(request.kind) }))
    const entries = await this.#written(calls, () =>
      recordMovements(this.#database.pool, firsts, (entry) => this.#reportOf({ kind: entry.request.kind, ...entry })),
    )
    if (entries === undefined) return
    for (const call of calls) answer(call, entries.get(call.request.idempotencyKey), sameMovement)
  }

  /** Undefined when the ledger could not be written; the calls know then that there is no answer. */
  async #written<T>(
    calls: readonly Call<AuthorizationRequest | MovementRequest, never>[],
    write: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      await this.open()
      const result = await write()
      if (this.#owes) this.#reporting.onOwed?.()
      this.#owes = false
      return result
    } catch (cause) {
      for (const { request, reject } of calls) reject(noAnswer(request, cause))
      return undefined
    }
  }
}

const numberOf = (kind: LedgerKind): string => `${PREFIX[kind]}_${randomUUIDv7()}`

const answerTo = ({ token }: AuthorizationRequest): AuthorizationAnswer => {
  const { declined } = behaviourOf(token)
  return declined === undefined
    ? { outcome: 'authorized', authorizationId: `auth_${randomUUIDv7()}` }
    : { outcome: 'declined', ...declined }
}

const firstOfEachKey = <Request extends AuthorizationRequest | MovementRequest>(
  calls: readonly { readonly request: Request }[],
): readonly Request[] => {
  const firsts = new Map<string, Request>()
  for (const { request } of calls) if (!firsts.has(request.idempotencyKey)) firsts.set(request.idempotencyKey, request)
  return [...firsts.values()]
}

type Comparable = Omit<AuthorizationRequest, 'token'>

const sameAmount = (a: Comparable, b: Comparable): boolean =>
  a.orderId === b.orderId && a.amount.amount === b.amount.amount && a.amount.currency === b.amount.currency

const sameAuthorization = (a: AuthorizationRequest, b: AuthorizationRequest): boolean =>
  sameAmount(a, b) && a.token === b.token

const sameMovement = (a: KindedRequest, b: KindedRequest): boolean =>
  sameAmount(a, b) && a.kind === b.kind && a.authorizationId === b.authorizationId

const answer = <Request extends Comparable, Answer>(
  { request, resolve, reject }: Call<Request, Answer>,
  entry: { readonly request: Request; readonly answer: Answer } | undefined,
  isSame: (a: Request, b: Request) => boolean,
): void => {
  if (entry === undefined) return
  if (isSame(request, entry.request)) {
    resolve(entry.answer)
    return
  }
  const { idempotencyKey, orderId } = request
  reject(
    new GatewayError(
      'GATEWAY_KEY_REUSED',
      `key ${idempotencyKey} stands for another request, of order ${entry.request.orderId}; ` +
        `no money of order ${orderId} was moved: use a key of its own`,
    ),
  )
}
