import { describe, expect, it } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
import { PAYMENT_STATUSES, PAYMENT_TRANSITIONS, payment } from '../src/payment.ts'

const orderId = 'o-1'
const amount = { amount: 2500, currency: 'EUR' }
const COMMANDS = [
  ['Request', { orderId, amount, paymentToken: 'tok_ok' }],
  ['RecordAuthorization', { orderId, authorizationId: 'auth-1' }],
  ['RecordDecline', { orderId, reason: 'DECLINED', message: 'no' }],
] as const

describe('the transition table of a payment', () => {
  it('leads from NONE to every known state and to no other', () => {
    expect(reachableFrom('NONE', PAYMENT_TRANSITIONS)).toEqual([...PAYMENT_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(payment, COMMANDS)).toEqual(arrowsDrawn(PAYMENT_TRANSITIONS))
  })
})
