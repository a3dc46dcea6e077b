import { isRejection } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import type { Delivery, DeliveryStatus } from '../src/delivery.ts'
import { DELIVERY_STATUSES, DELIVERY_TRANSITIONS, delivery } from '../src/delivery.ts'

const orderId = 'o-1'
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const COMMANDS = [
  ['Schedule', { orderId, courier: 'Courier', trackingNumber: 'T-1', shippingAddress }],
  [
    'RecordDelivery',
    { orderId, deliveredAt: '2026-03-01T12:00:00.000Z', proof: { receivedBy: 'Ada', proofId: 'P-1' } },
  ],
] as const

/** The state after a command; the same one when nothing happened. */
const after = (state: Delivery, [type, data]: (typeof COMMANDS)[number]): Delivery => {
  const decision = delivery.decide[type](data as never, state)
  if (isRejection(decision)) return state
  return decision.reduce(
    (folded, event, index) =>
      delivery.evolve[event.type](folded, event.data as never, {
        occurredAt: '2026-03-01T12:00:00.000Z',
        version: index + 1,
      }),
    state,
  )
}

describe('the transition table of a delivery', () => {
  it('leads from NONE to every known state and to no other', () => {
    const reached = new Set<DeliveryStatus>(['NONE'])
    for (const status of reached) for (const next of DELIVERY_TRANSITIONS[status]) reached.add(next)

    expect([...reached].sort()).toEqual([...DELIVERY_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    const states = new Map<DeliveryStatus, Delivery>([['NONE', delivery.initial]])
    const arrows = new Set<string>()
    for (const state of states.values()) {
      for (const command of COMMANDS) {
        const next = after(state, command)
        if (next.status === state.status) continue
        arrows.add(`${state.status} → ${next.status}`)
        if (!states.has(next.status)) states.set(next.status, next)
      }
    }

    const drawn = DELIVERY_STATUSES.flatMap((from) => DELIVERY_TRANSITIONS[from].map((to) => `${from} → ${to}`))
    expect([...arrows].sort()).toEqual(drawn.sort())
  })
})
