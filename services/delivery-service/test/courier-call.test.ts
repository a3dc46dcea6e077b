import { describe, expect, it } from 'vitest'
import type { Courier, Parcel } from '../src/courier.ts'
import type { CourierCall } from '../src/courier-call.ts'
import { COURIER_INTENTS, keyOf, performCourierCall } from '../src/courier-call.ts'
import { defineDelivery } from '../src/delivery.ts'
import { simulatedCourier } from '../src/simulated-courier.ts'

const delivery = defineDelivery({ retryAfterMs: 60_000, silenceMs: 3_600_000 })
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const schedule = { orderId: 'o-1', deliveryId: 'delivery-o-1', courier: 'C', trackingNumber: 'T-1', shippingAddress }
const at = '2026-03-01T12:00:00.000Z'
const now = () => new Date(at)
const call: CourierCall = {
  request: 'deliver',
  orderId: 'o-1',
  deliveryId: 'delivery-o-1',
  trackingNumber: 'T-1',
  address: shippingAddress,
  attempt: 1,
}
const { signal } = new AbortController()
const courier = simulatedCourier({ delayMs: 0, now })
const silent = (asked: string[]): Courier => ({
  ...courier,
  deliver: async ({ idempotencyKey }) => {
    asked.push(idempotencyKey)
    return []
  },
})

describe('the call to the courier', () => {
  it('is intended by a delivery that is scheduled, unless its order is cancelled already', () => {
    expect(COURIER_INTENTS.DeliveryScheduledEvent({ data: schedule })).toEqual({ key: 'delivery-o-1', request: call })
    expect(COURIER_INTENTS.DeliveryScheduledEvent({ data: { ...schedule, recalled: true } })).toBeNull()
  })

  it('has one key for each thing that is asked of the courier', () => {
    expect(
      [call, { ...call, attempt: 2 }, { ...call, request: 'bringBack' }, { ...call, request: 'fetch' }].map((asked) =>
        keyOf(asked as CourierCall),
      ),
    ).toEqual(['delivery-o-1', 'delivery-o-1-attempt-2', 'delivery-o-1-bringBack', 'delivery-o-1-fetch'])
  })

  it('records all that the courier answers at once', async () => {
    const perform = performCourierCall({ courier, delivery, callNow: async () => call })
    expect(await perform({ key: 'delivery-o-1', request: call, attempt: 1, signal })).toEqual({
      aggregate: delivery,
      id: 'o-1',
      command: {
        type: 'Report',
        data: {
          orderId: 'o-1',
          answers: 'delivery-o-1',
          reports: [
            { event: 'PICKED_UP', at },
            {
              event: 'DELIVERED',
              at,
              proof: { receivedBy: 'Ada', proofId: expect.stringMatching(/^POD[0-9A-F]{16}$/) },
            },
          ],
        },
      },
    })
  })

  it('that was stored when couriers could only deliver is still made', async () => {
    const asked: string[] = []
    const perform = performCourierCall({ courier: silent(asked), delivery, callNow: async () => call })
    const { request: _, attempt: __, deliveryId: ___, ...old } = call
    await perform({ key: 'delivery-o-1', request: old as CourierCall, attempt: 1, signal })
    expect(asked).toEqual(['delivery-o-1'])
  })

  it('is not repeated when the courier has something else to do by then', async () => {
    const asked: string[] = []
    const recalled = { ...call, request: 'bringBack' } as const
    for (const callNow of [recalled, null]) {
      const perform = performCourierCall({ courier: silent(asked), delivery, callNow: async () => callNow })
      expect(await perform({ key: 'delivery-o-1', request: call, attempt: 2, signal })).toMatchObject({
        command: { data: { reports: [] } },
      })
    }
    expect(asked).toEqual([])
  })
})

describe('the simulated courier', () => {
  const parcel: Parcel = { ...call, idempotencyKey: 'delivery-o-1' }
  const sentTo = async (line1: string, attempt = 1) =>
    (await courier.deliver({ ...parcel, attempt, address: { ...shippingAddress, line1 } })).map((report) =>
      'reason' in report ? report.reason : report.event,
    )

  it('gives one proof for one key, and another one for another', async () => {
    const first = await courier.deliver(parcel)
    expect(await courier.deliver(parcel)).toEqual(first)
    expect(await courier.deliver({ ...parcel, idempotencyKey: 'delivery-o-2' })).not.toEqual(first)
  })

  it('does what the address says', async () => {
    expect(await sentTo('Main Street 1')).toEqual(['PICKED_UP', 'DELIVERED'])
    expect(await sentTo('Main Street 1, absent')).toEqual(['PICKED_UP', 'ABSENT'])
    expect(await sentTo('Main Street 1, absent', 3)).toEqual(['PICKED_UP', 'ABSENT'])
    expect(await sentTo('Main Street 1 absent once')).toEqual(['PICKED_UP', 'ABSENT'])
    expect(await sentTo('Main Street 1 absent once', 2)).toEqual(['PICKED_UP', 'DELIVERED'])
    expect(await sentTo('Main Street 1 refused')).toEqual(['PICKED_UP', 'REFUSED'])
    expect(await sentTo('Main Street 1 lost')).toEqual(['PICKED_UP', 'LOST'])
  })

  it('brings back what it is asked for', async () => {
    expect(await courier.bringBack(parcel)).toEqual([{ event: 'RETURNED', at }])
    expect(await courier.fetch(parcel)).toEqual([{ event: 'RETURNED', at }])
  })

  it('knows a parcel by one tracking number', () => {
    expect(courier.trackingNumber('o-1')).toBe(simulatedCourier({ delayMs: 0 }).trackingNumber('o-1'))
    expect(courier.trackingNumber('o-1')).not.toBe(courier.trackingNumber('o-2'))
  })

  it('gives up without an outcome when the call is given up, or when the process stops', async () => {
    const given = new AbortController()
    const process = new AbortController()
    const slow = simulatedCourier({ delayMs: 60_000, stopping: process.signal })
    const givenUp = slow.deliver(parcel, given.signal)
    const stopped = slow.bringBack(parcel)

    given.abort()
    await expect(givenUp).rejects.toThrow()
    process.abort()
    await expect(stopped).rejects.toThrow()
  })
})
