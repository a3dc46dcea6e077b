import { describe, expect, it } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
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

describe('the transition table of a delivery', () => {
  it('leads from NONE to every known state and to no other', () => {
    expect(reachableFrom('NONE', DELIVERY_TRANSITIONS)).toEqual([...DELIVERY_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(delivery, COMMANDS)).toEqual(arrowsDrawn(DELIVERY_TRANSITIONS))
  })
})
