import { isRejection } from '@stocker/cqrs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MovementAnswer, PaymentGateway } from '../src/gateway.ts'
import type { GatewayCall } from '../src/gateway-calls.ts'
import { gatewayCalls, performGatewayCall } from '../src/gateway-calls.ts'
import type { GatewayReport } from '../src/gateway-report.ts'
import { commandOf } from '../src/gateway-report.ts'
import { payment } from '../src/payment/payment.ts'
import type { Answered } from '../src/simulated-gateway/gateway-messages.ts'
import { messageOf } from '../src/simulated-gateway/gateway-messages.ts'
import type { Hold, LedgerKind } from '../src/simulated-gateway/movement-rules.ts'
import { settle } from '../src/simulated-gateway/movement-rules.ts'
import { behaviourOf } from '../src/simulated-gateway/tokens.ts'
import type { PaymentCommand, PaymentEvent } from './payment-story.ts'
import { authorizationId, commands, orderId, total } from './payment-story.ts'

const AT = { occurredAt: '2026-01-01T00:00:00.000Z', version: 1 }
const TOKENS = ['tok_ok', 'tok_declined', 'tok_refund_fails'] as const
const { signal } = new AbortController()

type Decide = (data: object, state: typeof payment.initial) => readonly PaymentEvent[]
type Evolve = (state: typeof payment.initial, data: object, at: typeof AT) => typeof payment.initial

/** The gateway's rules on books of their own, which remember every answer. */
class Books implements PaymentGateway {
  hold: Hold | undefined
  contradictions = 0
  /** Of everything that was done, in order. */
  readonly reports: GatewayReport[] = []
  readonly #answers = new Map<string, MovementAnswer>()

  async authorize(request: Parameters<PaymentGateway['authorize']>[0]) {
    const answer = this.#authorized(request)
    this.#told({ kind: 'authorize', request, answer })
    return answer
  }

  #authorized({ token, amount }: Parameters<PaymentGateway['authorize']>[0]) {
    const { declined } = behaviourOf(token)
    if (declined !== undefined) return { outcome: 'declined', ...declined } as const
    const { amount: authorized, currency } = amount
    const nothing = { captured: 0, refunded: 0, voided: false, refusedRefunds: 0 }
    this.hold ??= { authorizationId, orderId, token, currency, authorized, ...nothing }
    return { outcome: 'authorized', authorizationId } as const
  }

  readonly capture = (request: Parameters<PaymentGateway['capture']>[0]) => this.#move('capture', request)
  readonly void = (request: Parameters<PaymentGateway['void']>[0]) => this.#move('void', request)
  readonly refund = (request: Parameters<PaymentGateway['refund']>[0]) => this.#move('refund', request)

  async #move(kind: LedgerKind, request: Parameters<PaymentGateway['capture']>[0]): Promise<MovementAnswer> {
    const { idempotencyKey } = request
    const known = this.#answers.get(idempotencyKey)
    if (known !== undefined) return known
    const { answer, hold } = settle(this.hold, { kind, ...request }, `id of ${idempotencyKey}`)
    if (answer.outcome === 'refused' && answer.reason !== 'NOT_POSSIBLE_NOW') this.contradictions += 1
    this.hold = hold
    this.#answers.set(idempotencyKey, answer)
    this.#told({ kind, request, answer })
    return answer
  }

  #told(answered: Answered): void {
    const report = messageOf(answered, 0)?.body as GatewayReport | undefined
    if (report !== undefined) this.reports.push(report)
  }
}

/** One payment between those who act on it and the gateway; calls under way are answered when the test says so. */
class World {
  state = payment.initial
  readonly books = new Books()
  readonly underWay = new Map<string, GatewayCall>()
  readonly #perform = performGatewayCall({ gateway: this.books, refundRetryAt: () => new Date(AT.occurredAt) })

  /** The events, or the code of the rejection. */
  execute({ type, data }: PaymentCommand): readonly PaymentEvent[] | string {
    const decision = (payment.decide[type] as unknown as Decide)(data, this.state)
    if (isRejection(decision)) return decision.rejected
    for (const event of decision) {
      this.state = (payment.evolve[event.type] as unknown as Evolve)(this.state, event.data, AT)
      const call = Object.hasOwn(gatewayCalls, event.type)
        ? gatewayCalls[event.type as keyof typeof gatewayCalls](event)
        : undefined
      if (call !== undefined) this.underWay.set(call.key, call.request)
    }
    return decision
  }

  /** The first call under way reaches the gateway; its answer is recorded so many times, 0: it is lost and the call goes on. */
  async answer(times: number): Promise<void> {
    const [next] = this.underWay
    if (next === undefined) return
    const [key, request] = next
    const { command } = await this.#perform({ key, request, attempt: 1, signal })
    if (times > 0) this.underWay.delete(key)
    for (let time = 0; time < times; time += 1)
      expect(this.execute(command as PaymentCommand)).not.toBe('CONTRADICTORY_ANSWER')
  }

  /** One of the gateway's reports arrives, now or once more: it ends its call, if that is not over. */
  report(number: number): void {
    const { reports } = this.books
    const report = reports.at(number % Math.max(1, reports.length))
    if (report === undefined) return
    const command = commandOf(report, () => new Date(AT.occurredAt))
    expect(typeof this.execute(command as PaymentCommand), JSON.stringify(report)).not.toBe('string')
    // Only what was under way before: what the report has brought about is another call.
    this.underWay.delete(report.idempotencyKey)
  }

  /** Answers keep coming and time passes. */
  async settle(): Promise<void> {
    for (let step = 0; this.underWay.size > 0 || this.state.status === 'REFUND_FAILED'; step += 1) {
      expect(step).toBeLessThan(50)
      if (this.underWay.size === 0) this.execute(commands.retryRefund)
      await this.answer(1)
    }
  }
}

type Step = { readonly command: PaymentCommand } | { readonly answers: number } | { readonly report: number }
const part = fc.oneof(fc.integer({ min: 1, max: total.amount }), fc.constantFrom(1, total.amount, total.amount + 1))
const step = (token: (typeof TOKENS)[number]): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.constantFrom(0, 1, 1, 2).map((answers) => ({ answers })),
    fc.nat({ max: 5 }).map((report) => ({ report })),
    fc
      .oneof(
        fc.constant({ ...commands.request, data: { ...commands.request.data, paymentToken: token } }),
        fc.constantFrom(commands.capture(), commands.reverse('STOCK_RELEASED'), commands.reverse('DELIVERY_RETURNED')),
        fc.constantFrom(commands.refund(), commands.retryRefund),
        part.map((amount) => commands.capture(amount)),
        part.map((amount) => commands.refund(amount)),
      )
      .map((command) => ({ command })),
  )
const story = fc.constantFrom(...TOKENS).chain((token) => fc.array(step(token), { maxLength: 40 }))

/** Without an amount a command says how things shall be, so saying it again changes nothing. */
const isIdempotent = ({ type, data }: PaymentCommand): boolean =>
  type === 'Request' ||
  type === 'Reverse' ||
  type === 'RetryRefund' ||
  (type === 'Capture' && data.amount === undefined)

const told = async (steps: readonly Step[]): Promise<World> => {
  const world = new World()
  for (const step of steps) {
    if ('answers' in step) await world.answer(step.answers)
    else if ('report' in step) world.report(step.report)
    else {
      const first = world.execute(step.command)
      if (isIdempotent(step.command) && typeof first !== 'string') expect(world.execute(step.command)).toEqual([])
    }
    const { captured, refunded } = world.state
    expect(refunded).toBeGreaterThanOrEqual(0)
    expect(captured).toBeGreaterThanOrEqual(refunded)
    expect(total.amount).toBeGreaterThanOrEqual(captured)
    expect(world.underWay.size).toBeLessThanOrEqual(1)
  }
  await world.settle()
  // Reports come late, too, and in any order.
  const { status } = world.state
  for (let number = world.books.reports.length; number > 0; number -= 1) world.report(number - 1)
  expect(world.state.status).toBe(status)
  return world
}

describe('whatever happens to a payment, in whatever order and however often', () => {
  it('its sums are those of the gateway, which never has to contradict, and no call is left under way', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const { state, books } = await told(steps)
        const { captured, refunded, voided } = books.hold ?? { captured: 0, refunded: 0, voided: false }
        expect({ captured: state.captured, refunded: state.refunded }).toEqual({ captured, refunded })
        expect(books.contradictions).toBe(0)
        expect(voided).toBe(state.status === 'VOIDED' && state.authorizationId !== null)
        expect(['NONE', 'AUTHORIZED', 'FAILED', 'VOIDED', 'CAPTURED', 'REFUNDED']).toContain(state.status)
      }),
      { numRuns: 2_000 },
    )
  })

  it('nothing is charged in the end once it is reversed', async () => {
    await fc.assert(
      fc.asyncProperty(story, story, async (before, after) => {
        const { state, books } = await told([...before, { command: commands.reverse() }, ...after])
        expect((books.hold?.captured ?? 0) - (books.hold?.refunded ?? 0)).toBe(0)
        expect(['FAILED', 'VOIDED', 'REFUNDED']).toContain(state.status)
      }),
      { numRuns: 1_000 },
    )
  })

  it('all of it is charged in the end when the order was shipped and nobody gives anything back', async () => {
    const shipped: fc.Arbitrary<Step> = fc.oneof(
      fc.constantFrom(0, 1, 2).map((answers) => ({ answers })),
      fc.nat({ max: 5 }).map((report) => ({ report })),
      fc.constantFrom(commands.request, commands.capture()).map((command) => ({ command })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(shipped, { maxLength: 20 }), async (steps) => {
        const world = await told([...steps, { command: commands.request }, { command: commands.capture() }])
        expect(world.state.status).toBe('CAPTURED')
        expect(world.books.hold).toMatchObject({ captured: total.amount, refunded: 0 })
      }),
      { numRuns: 500 },
    )
  })
})
