import type { EventOf } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import type { AuthorizationAnswer, MovementAnswer, PaymentGateway } from '../src/gateway.ts'
import { GatewayError } from '../src/gateway.ts'
import type { GatewayCall } from '../src/gateway-calls.ts'
import { gatewayCalls, performGatewayCall } from '../src/gateway-calls.ts'
import { payment } from '../src/payment/payment.ts'
import { refundRetryTimes } from '../src/refund-retry.ts'
import { authorizationId, commands, euros, events, orderId, total } from './payment-story.ts'

type Answers = { readonly authorize?: AuthorizationAnswer; readonly movement?: MovementAnswer }

const callOf = (event: EventOf<typeof payment>) => gatewayCalls[event.type as keyof typeof gatewayCalls](event)

/** Makes the call that an event stands for, at a gateway that answers this; says what it was sent. */
const performed = async (event: EventOf<typeof payment>, { authorize, movement }: Answers) => {
  const sent: object[] = []
  const note =
    <Answer>(method: string, answer: Answer | undefined) =>
    async (request: object): Promise<Answer> => {
      sent.push({ method, ...request })
      if (answer === undefined) throw new GatewayError('GATEWAY_NO_ANSWER', 'nobody is there')
      return answer
    }
  const gateway: PaymentGateway = {
    authorize: note('authorize', authorize),
    capture: note('capture', movement),
    void: note('void', movement),
    refund: note('refund', movement),
  }
  const { key, request } = callOf(event)
  const now = () => new Date('2026-01-01T00:00:00.000Z')
  const refundRetryAt = refundRetryTimes({ retryDelayMs: 60_000, maxRetryDelayMs: 200_000, now })
  const { signal } = new AbortController()
  const result = await performGatewayCall({ gateway, refundRetryAt })({ key, request, attempt: 1, signal })
  return { sent, result }
}

const { requested, captureRequested, voidRequested, refundRequested } = events
const authorization = { authorizationId, orderId }
const refused = (reason: 'NOT_POSSIBLE_NOW' | 'EXCEEDS_CAPTURED' | 'ALREADY_VOIDED'): Answers => ({
  movement: { outcome: 'refused', reason, message: 'not now' },
})

describe('a call to the gateway', () => {
  it.each([
    ['authorize-o-1', requested],
    ['capture-o-1-1', captureRequested()],
    ['capture-o-1-2', captureRequested(1500, 2)],
    ['void-o-1', voidRequested()],
    ['refund-o-1-1-1', refundRequested()],
    ['refund-o-1-1-2', refundRequested(2500, 1, 2)],
    ['refund-o-1-2-1', refundRequested(2000, 2)],
  ] as const)('has the key %s, whoever makes it', (key, event) => {
    expect(callOf(event).key).toBe(key)
  })

  it.each([
    ['authorize', requested, { authorize: { outcome: 'authorized', authorizationId } }, commands.authorized()],
    ['capture', captureRequested(), { movement: { outcome: 'done', movementId: 'cap-1' } }, commands.captured()],
    ['void', voidRequested(), { movement: { outcome: 'done', movementId: 'void-1' } }, commands.voided()],
    ['refund', refundRequested(), { movement: { outcome: 'done', movementId: 'ref-1' } }, commands.refunded()],
  ] as const)('%s records what was done', async (method, event, answers, command) => {
    const { sent, result } = await performed(event, answers)
    const { key } = callOf(event)
    const about = method === 'authorize' ? { orderId, token: 'tok_ok' } : authorization
    expect(sent).toEqual([{ method, idempotencyKey: key, amount: total, ...about }])
    expect(result).toEqual({ aggregate: payment, id: orderId, command })
  })

  it('records a decline', async () => {
    const declined = { outcome: 'declined', reason: 'DECLINED', message: 'the card was declined' } as const
    const { result } = await performed(requested, { authorize: declined })
    expect(result.command).toEqual(commands.declined())
  })

  it.each([
    [1, '2026-01-01T00:01:00.000Z'],
    [2, '2026-01-01T00:02:00.000Z'],
    [3, '2026-01-01T00:03:20.000Z'],
    [2_000, '2026-01-01T00:03:20.000Z'],
  ])('records the refusal of attempt %i at a refund, to be asked for again at %s', async (attempt, retryAt) => {
    const { result } = await performed(refundRequested(2500, 1, attempt), refused('NOT_POSSIBLE_NOW'))
    expect(result.command).toEqual({
      type: 'RecordRefundRefusal',
      data: { orderId, number: 1, attempt, message: 'not now', retryAt },
    })
  })

  it.each([requested, captureRequested(), voidRequested(), refundRequested()])(
    'without an answer fails, so that it is repeated instead of recorded: $type',
    async (event) => {
      await expect(performed(event, {})).rejects.toMatchObject({ code: 'GATEWAY_NO_ANSWER', retryable: true })
    },
  )

  it.each([
    [captureRequested(), 'ALREADY_VOIDED'],
    [voidRequested(), 'NOT_POSSIBLE_NOW'],
    [refundRequested(), 'EXCEEDS_CAPTURED'],
  ] as const)('$0.type that contradicts the books is not recorded', async (event, reason) => {
    await expect(performed(event, refused(reason))).rejects.toMatchObject({
      code: 'GATEWAY_CONTRADICTS',
      retryable: false,
      message: expect.stringContaining('o-1'),
    })
  })

  it('to authorise is stored in the shape that calls of older versions, still under way, have', () => {
    const request: GatewayCall = { orderId, amount: euros(2500), token: 'tok_ok' }
    expect(callOf(requested).request).toEqual(request)
  })
})
