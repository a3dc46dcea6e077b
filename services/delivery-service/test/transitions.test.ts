import { describe, expect, it } from 'vitest'
import { arrowsDrawn, arrowsMade, deadlinesMissing } from '../../../test/transition-walk.ts'
import { DELIVERY_OWNERS, defineDelivery } from '../src/delivery.ts'
import { DELIVERY_TRANSITIONS } from '../src/delivery-status.ts'

const delivery = defineDelivery({ retryAfterMs: 60_000, silenceMs: 3_600_000 })
const orderId = 'o-1'
const at = '2026-03-01T12:00:00.000Z'
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const report = (...reports: readonly object[]) => ['Report', { orderId, reports }] as const
const COMMANDS = [
  ['Schedule', { orderId, courier: 'Courier', trackingNumber: 'T-1', shippingAddress }],
  report({ event: 'PICKED_UP', at }),
  report({ event: 'DELIVERED', at, proof: { receivedBy: 'Ada', proofId: 'P-1' } }),
  report({ event: 'ATTEMPT_FAILED', at, reason: 'ABSENT' }),
  report({ event: 'RETURNED', at }),
  report({ event: 'LOST', at }),
  ['Recall', { orderId, reason: 'CUSTOMER_REQUEST' }],
  ['RequestReturn', { orderId, reason: 'DID_NOT_LIKE_IT' }],
  ['RequestAttempt', { orderId }],
  ['AskCourier', { orderId }],
] as const

describe('the transition table of a delivery', () => {
  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(delivery, COMMANDS)).toEqual(arrowsDrawn(DELIVERY_TRANSITIONS))
  })

  it('has a deadline where its owners say so', () => {
    expect(deadlinesMissing(delivery, COMMANDS, DELIVERY_OWNERS)).toEqual([])
  })
})
