import { describe, expect, it } from 'vitest'
import type { Hold, LedgerKind } from '../src/simulated-gateway/movement-rules.ts'
import { settle } from '../src/simulated-gateway/movement-rules.ts'

const held: Hold = {
  authorizationId: 'auth-1',
  orderId: 'o-1',
  token: 'tok_ok',
  currency: 'EUR',
  authorized: 2500,
  captured: 0,
  refunded: 0,
  voided: false,
  refusedRefunds: 0,
}
const request = (kind: LedgerKind, amount = 2500, currency = 'EUR') => ({
  kind,
  idempotencyKey: 'k',
  orderId: 'o-1',
  authorizationId: 'auth-1',
  amount: { amount, currency },
})

describe('the gateway moves what its books allow', () => {
  it.each([
    ['a capture of all', request('capture'), held, { captured: 2500 }],
    ['a capture of a part', request('capture', 1000), held, { captured: 1000 }],
    ['a capture of the rest', request('capture', 1500), { ...held, captured: 1000 }, { captured: 2500 }],
    ['a void', request('void'), held, { voided: true }],
    ['a refund of all', request('refund'), { ...held, captured: 2500 }, { refunded: 2500 }],
    ['a refund of the rest', request('refund', 500), { ...held, captured: 2500, refunded: 2000 }, { refunded: 2500 }],
  ])('%s', (_, asked, hold, change) => {
    expect(settle(hold, asked, 'number-1')).toEqual({
      answer: { outcome: 'done', movementId: 'number-1' },
      hold: { ...hold, ...change },
    })
  })
})

describe('the gateway believes nobody', () => {
  it.each([
    ['an authorisation that it does not know', request('capture'), undefined, 'UNKNOWN_AUTHORIZATION'],
    ['the authorisation of another order', request('capture'), { ...held, orderId: 'o-2' }, 'UNKNOWN_AUTHORIZATION'],
    ['another currency', request('capture', 2500, 'USD'), held, 'OTHER_CURRENCY'],
    ['more than is held', request('capture', 2501), held, 'EXCEEDS_AUTHORIZED'],
    ['more, in all, than is held', request('capture', 1501), { ...held, captured: 1000 }, 'EXCEEDS_AUTHORIZED'],
    ['a capture after the void', request('capture'), { ...held, voided: true }, 'ALREADY_VOIDED'],
    ['a void after the capture', request('void'), { ...held, captured: 1 }, 'ALREADY_CAPTURED'],
    ['a second void', request('void'), { ...held, voided: true }, 'ALREADY_VOIDED'],
    ['a refund of what was not taken', request('refund', 1), held, 'EXCEEDS_CAPTURED'],
    [
      'more, in all, than was taken',
      request('refund', 501),
      { ...held, captured: 2500, refunded: 2000 },
      'EXCEEDS_CAPTURED',
    ],
  ])('%s is refused, and nothing moves', (_, asked, hold, reason) => {
    expect(settle(hold, asked, 'number-1')).toEqual({
      answer: { outcome: 'refused', reason, message: expect.any(String) },
      hold,
    })
  })
})

it('tok_refund_fails has its first two refunds refused, and the third granted', () => {
  let hold: Hold | undefined = { ...held, token: 'tok_refund_fails', captured: 2500 }
  const outcomes: string[] = []
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const settled = settle(hold, request('refund'), `number-${attempt}`)
    outcomes.push(settled.answer.outcome === 'refused' ? settled.answer.reason : settled.answer.movementId)
    hold = settled.hold
  }
  expect(outcomes).toEqual(['NOT_POSSIBLE_NOW', 'NOT_POSSIBLE_NOW', 'number-3'])
  expect(hold).toMatchObject({ refunded: 2500, refusedRefunds: 2 })
})
