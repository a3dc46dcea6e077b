import { expect, it } from 'vitest'
import type { Parcel } from '../src/courier.ts'
import { simulatedCourier } from '../src/simulated-courier.ts'
import { unreliable } from '../src/unreliable-courier.ts'

const address = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }
const parcel: Parcel = { idempotencyKey: 'deliver-1', orderId: 'o-1', trackingNumber: 'SC1', address, attempt: 1 }
const good = simulatedCourier({ delayMs: 0, now: () => new Date('2026-03-01T12:00:00.000Z') })

it('leaves requests without an answer on a bad day, and answers them as ever when they are repeated', async () => {
  const courier = unreliable(good, { failureRate: 0.5, seed: 1 })
  const answers = await Promise.allSettled(Array.from({ length: 200 }, () => courier.deliver(parcel)))
  const lost = answers.filter((answer) => answer.status === 'rejected')
  expect(lost.length).toBeGreaterThan(50)
  expect(lost.length).toBeLessThan(150)
  expect(lost[0]?.reason.message).toMatch(/no answer for order o-1 .*ask again with key deliver-1/)
  const expected = await good.deliver(parcel)
  for (const answer of answers) if (answer.status === 'fulfilled') expect(answer.value).toEqual(expected)
})

it('is himself where nothing is wrong', () => {
  expect(unreliable(good, { failureRate: 0, seed: 1 })).toBe(good)
})

it('tells of each answer that is lost, and of no other one', async () => {
  const told: string[] = []
  const courier = unreliable(good, { failureRate: 0.5, seed: 1 }, async ({ idempotencyKey }, reports) => {
    expect(reports).toEqual([{ event: 'RETURNED', at: '2026-03-01T12:00:00.000Z' }])
    told.push(idempotencyKey)
  })
  const keys = Array.from({ length: 200 }, (_, number) => `bring-back-${number}`)
  const answers = await Promise.allSettled(
    keys.map((idempotencyKey) => courier.bringBack({ ...parcel, idempotencyKey })),
  )
  const lost = keys.filter((_, number) => {
    const answer = answers[number]
    return answer?.status === 'rejected' && /the answer was lost/.test(answer.reason.message)
  })
  expect(lost.length).toBeGreaterThan(25)
  expect(told.toSorted()).toEqual(lost.toSorted())
})
