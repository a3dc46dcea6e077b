import { describe, expect, it } from 'vitest'
import type { MovementRequest, PaymentGateway } from '../src/gateway.ts'
import { unreliable } from '../src/simulated-gateway/unreliable-gateway.ts'

const request = (number: number): MovementRequest => ({
  idempotencyKey: `capture-${number}`,
  orderId: `o-${number}`,
  authorizationId: 'auth-1',
  amount: { amount: 2500, currency: 'EUR' },
})

/** A gateway that notes what it carried out. */
const noting = () => {
  const carriedOut: string[] = []
  const move = async ({ orderId }: MovementRequest) => {
    carriedOut.push(orderId)
    return { outcome: 'done', movementId: `of ${orderId}` } as const
  }
  const gateway: PaymentGateway = {
    authorize: async () => ({ outcome: 'authorized', authorizationId: 'auth-1' }),
    capture: move,
    void: move,
    refund: move,
  }
  return { gateway, carriedOut }
}

const badDay = async (seed: number) => {
  const { gateway, carriedOut } = noting()
  const on = unreliable(gateway, { delayMs: 0, failureRate: 0.2, seed })
  const calls = Array.from({ length: 1_000 }, (_, number) => on.capture(request(number)))
  const answers = (await Promise.allSettled(calls)).map((answer, number) => ({ number, ...answer }))
  const failed = answers.filter(({ status }) => status === 'rejected').map(({ number }) => number)
  return { carriedOut, answers, failed }
}

describe('a gateway on a bad day', () => {
  it('leaves its share of the calls without an answer: one half carried out, the other not', async () => {
    const { carriedOut, failed } = await badDay(1)
    const lost = failed.filter((number) => carriedOut.includes(`o-${number}`))
    expect(failed.length).toBeGreaterThan(150)
    expect(failed.length).toBeLessThan(250)
    expect(lost.length).toBeGreaterThan(failed.length * 0.35)
    expect(lost.length).toBeLessThan(failed.length * 0.65)
    expect(carriedOut).toHaveLength(1_000 - failed.length + lost.length)
  })

  it('says that the same key may be sent again', async () => {
    const { answers } = await badDay(1)
    const [first] = answers.filter(({ status }) => status === 'rejected')
    expect(first).toMatchObject({
      reason: { code: 'GATEWAY_NO_ANSWER', retryable: true, message: expect.stringContaining(`o-${first?.number}`) },
    })
  })

  it('is the same day for the same seed, and another one for another', async () => {
    const { failed } = await badDay(7)
    expect((await badDay(7)).failed).toEqual(failed)
    expect((await badDay(8)).failed).not.toEqual(failed)
  })

  it('answers later, unless nobody waits any more', async () => {
    const { gateway, carriedOut } = noting()
    const slow = unreliable(gateway, { delayMs: 600_000, failureRate: 0, seed: 1 })
    const impatient = new AbortController()
    const call = slow.capture(request(1), impatient.signal)
    impatient.abort(new Error('nobody waits'))
    await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    expect(carriedOut).toEqual([])
  })

  it('is itself where nothing is wrong', () => {
    const { gateway } = noting()
    expect(unreliable(gateway, { delayMs: 0, failureRate: 0, seed: 1 })).toBe(gateway)
  })
})
