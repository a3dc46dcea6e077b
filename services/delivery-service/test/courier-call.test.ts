import { describe, expect, it } from 'vitest'
import type { Parcel } from '../src/courier.ts'
import { courierCallOf, performDelivery } from '../src/courier-call.ts'
import { delivery } from '../src/delivery.ts'
import { simulatedCourier } from '../src/simulated-courier.ts'

const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const scheduled = {
  data: { orderId: 'o-1', deliveryId: 'delivery-o-1', courier: 'C', trackingNumber: 'T-1', shippingAddress },
}
const { key, request } = courierCallOf(scheduled)
const parcel: Parcel = { idempotencyKey: key, ...request }
const now = () => new Date('2026-03-01T12:00:00.000Z')

describe('the call to the courier', () => {
  it('records the proof of delivery', async () => {
    const { signal } = new AbortController()
    expect(await performDelivery(simulatedCourier({ delayMs: 0, now }))({ key, request, attempt: 1, signal })).toEqual({
      aggregate: delivery,
      id: 'o-1',
      command: {
        type: 'RecordDelivery',
        data: {
          orderId: 'o-1',
          deliveredAt: '2026-03-01T12:00:00.000Z',
          proof: { receivedBy: 'Ada', proofId: expect.stringMatching(/^POD[0-9A-F]{16}$/) },
        },
      },
    })
  })
})

describe('the simulated courier', () => {
  it('gives one proof for one key, and another one for another', async () => {
    const first = await simulatedCourier({ delayMs: 0 }).deliver(parcel)
    const again = await simulatedCourier({ delayMs: 0 }).deliver(parcel)
    const other = await simulatedCourier({ delayMs: 0 }).deliver({ ...parcel, idempotencyKey: 'delivery-o-2' })

    expect(again.proofId).toBe(first.proofId)
    expect(other.proofId).not.toBe(first.proofId)
  })

  it('knows a parcel by one tracking number', () => {
    const courier = simulatedCourier({ delayMs: 0 })
    expect(courier.trackingNumber('o-1')).toBe(simulatedCourier({ delayMs: 0 }).trackingNumber('o-1'))
    expect(courier.trackingNumber('o-1')).not.toBe(courier.trackingNumber('o-2'))
  })

  it('takes its time, after which the parcel is handed over', async () => {
    const started = performance.now()
    await simulatedCourier({ delayMs: 30 }).deliver(parcel)
    expect(performance.now() - started).toBeGreaterThanOrEqual(29)
  })

  it('gives up without a proof when the call is given up, or when the process stops', async () => {
    const call = new AbortController()
    const process = new AbortController()
    const courier = simulatedCourier({ delayMs: 60_000, stopping: process.signal })
    const givenUp = courier.deliver(parcel, call.signal)
    const stopped = courier.deliver(parcel)

    call.abort()
    await expect(givenUp).rejects.toThrow()
    process.abort()
    await expect(stopped).rejects.toThrow()
  })
})
