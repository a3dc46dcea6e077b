import type {
  AuthorizationAnswer,
  AuthorizationRequest,
  MovementAnswer,
  MovementRequest,
  PaymentGateway,
} from '../../services/payment-service/src/gateway.ts'

/** A strict gateway that keeps its books in memory: for tests of what the services decide, thousands of stories at a time. */
export class ModelGateway implements PaymentGateway {
  authorized = 0
  captured = 0
  voided = 0
  refunded = 0
  readonly #answers = new Map<string, AuthorizationAnswer | MovementAnswer>()
  #refusals: number

  /** `refusals`: so many refunds are refused before one is granted. */
  constructor(refusals: number) {
    this.#refusals = refusals
  }

  get charged(): number {
    return this.captured - this.refunded
  }

  async authorize({ idempotencyKey: key, token, amount }: AuthorizationRequest): Promise<AuthorizationAnswer> {
    return this.#once(key, () => {
      if (token === 'tok_declined') return { outcome: 'declined', reason: 'DECLINED', message: 'no' }
      this.authorized += amount.amount
      return { outcome: 'authorized', authorizationId: `auth-${key}` }
    })
  }

  async capture({ idempotencyKey: key, amount }: MovementRequest): Promise<MovementAnswer> {
    return this.#once(key, () => {
      if (this.voided > 0 || this.captured + amount.amount > this.authorized)
        throw new Error(`${key}: captures too much`)
      this.captured += amount.amount
      return { outcome: 'done', movementId: `capture-${key}` }
    })
  }

  async void({ idempotencyKey: key, amount }: MovementRequest): Promise<MovementAnswer> {
    return this.#once(key, () => {
      if (this.captured > 0 || this.voided > 0) throw new Error(`${key}: voids what is captured or voided`)
      this.voided += amount.amount
      return { outcome: 'done', movementId: `void-${key}` }
    })
  }

  async refund({ idempotencyKey: key, amount }: MovementRequest): Promise<MovementAnswer> {
    return this.#once(key, () => {
      if (this.#refusals > 0) {
        this.#refusals -= 1
        return { outcome: 'refused', reason: 'NOT_POSSIBLE_NOW', message: 'later' }
      }
      if (this.refunded + amount.amount > this.captured) throw new Error(`${key}: refunds too much`)
      this.refunded += amount.amount
      return { outcome: 'done', movementId: `refund-${key}` }
    })
  }

  #once<A extends AuthorizationAnswer | MovementAnswer>(key: string, answer: () => A): A {
    const known = this.#answers.get(key) as A | undefined
    const given = known ?? answer()
    this.#answers.set(key, given)
    return given
  }
}
