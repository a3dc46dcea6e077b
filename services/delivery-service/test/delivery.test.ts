import { fixture } from '@stocker/cqrs/testing'
import { describe, it } from 'vitest'
import { delivery } from '../src/delivery.ts'

const orderId = 'o-1'
const deliveryId = 'delivery-o-1'
const deliveredAt = '2026-03-01T12:00:00.000Z'
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const parcel = { orderId, courier: 'Courier', trackingNumber: 'T-1', shippingAddress }
const schedule = { type: 'Schedule', data: parcel } as const
const scheduled = { type: 'DeliveryScheduledEvent', data: { ...parcel, deliveryId } } as const
const record = (proofId = 'P-1') =>
  ({ type: 'RecordDelivery', data: { orderId, deliveredAt, proof: { receivedBy: 'Ada', proofId } } }) as const
const delivered = {
  type: 'OrderDeliveredEvent',
  data: { orderId, deliveryId, deliveredAt, proof: { receivedBy: 'Ada', proofId: 'P-1' } },
} as const

describe('a delivery', () => {
  it('is scheduled when its order is dispatched', () => {
    fixture(delivery).given().when(schedule).expectEvents([scheduled])
  })

  it('is scheduled once', () => {
    fixture(delivery).given(scheduled).when(schedule).expectEvents([])
    fixture(delivery).given(scheduled, delivered).when(schedule).expectEvents([])
  })

  it('is done with the proof of who took the parcel and when', () => {
    fixture(delivery).given(scheduled).when(record()).expectEvents([delivered])
  })

  it('records the same proof once', () => {
    fixture(delivery).given(scheduled, delivered).when(record()).expectEvents([])
  })

  it('refuses another proof of a parcel that was handed over', () => {
    fixture(delivery).given(scheduled, delivered).when(record('P-2')).expectRejection('ALREADY_DELIVERED')
  })

  it('cannot end before it begins', () => {
    fixture(delivery).given().when(record()).expectRejection('DELIVERY_NOT_FOUND')
  })
})
