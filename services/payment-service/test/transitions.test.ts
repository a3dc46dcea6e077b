import { isRejection } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import type { Payment, PaymentStatus } from '../src/payment.ts'
import { PAYMENT_STATUSES, PAYMENT_TRANSITIONS, payment } from '../src/payment.ts'

const orderId = 'o-1'
const amount = { amount: 2500, currency: 'EUR' }
const COMMANDS = [
  ['Request', { orderId, amount, paymentToken: 'tok_ok' }],
  ['RecordAuthorization', { orderId, authorizationId: 'auth-1' }],
  ['RecordDecline', { orderId, reason: 'DECLINED', message: 'no' }],
] as const

/** The state after a command; the same one when nothing happened. */
const after = (state: Payment, [type, data]: (typeof COMMANDS)[number]): Payment => {
  const decision = payment.decide[type](data as never, state)
  if (isRejection(decision)) return state
  return decision.reduce(
    (folded, event, index) =>
      payment.evolve[event.type](folded, event.data as never, {
        occurredAt: '2026-03-01T12:00:00.000Z',
        version: index + 1,
      }),
    state,
  )
}

describe('the transition table of a payment', () => {
  it('leads from NONE to every known state and to no other', () => {
    const reached = new Set<PaymentStatus>(['NONE'])
    for (const status of reached) for (const next of PAYMENT_TRANSITIONS[status]) reached.add(next)

    expect([...reached].sort()).toEqual([...PAYMENT_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    const states = new Map<PaymentStatus, Payment>([['NONE', payment.initial]])
    const arrows = new Set<string>()
    for (const state of states.values()) {
      for (const command of COMMANDS) {
        const next = after(state, command)
        if (next.status === state.status) continue
        arrows.add(`${state.status} → ${next.status}`)
        if (!states.has(next.status)) states.set(next.status, next)
      }
    }

    const drawn = PAYMENT_STATUSES.flatMap((from) => PAYMENT_TRANSITIONS[from].map((to) => `${from} → ${to}`))
    expect([...arrows].sort()).toEqual(drawn.sort())
  })
})
