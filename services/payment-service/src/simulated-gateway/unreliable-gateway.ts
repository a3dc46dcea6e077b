import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { PaymentGateway } from '../gateway.ts'
import { noAnswer } from '../gateway.ts'

export interface Unreliability {
  /** Each answer comes so much later. Milliseconds. */
  readonly delayMs: number
  /** So many of the calls get no answer, from 0 to 1: one half is not carried out, of the other half the answer is lost. */
  readonly failureRate: number
  /** The same seed lets the same calls fail, by their number since the start. */
  readonly seed: number
}

/** A gateway as it is on a bad day, made of one that works. */
export const unreliable = (gateway: PaymentGateway, { delayMs, failureRate, seed }: Unreliability): PaymentGateway => {
  if (delayMs === 0 && failureRate === 0) return gateway
  const chance = chancesOf(seed)
  const over =
    <Request extends { readonly orderId: string; readonly idempotencyKey: string }, Answer>(
      call: (request: Request, signal?: AbortSignal) => Promise<Answer>,
    ) =>
    async (request: Request, signal?: AbortSignal): Promise<Answer> => {
      const luck = chance()
      if (delayMs > 0) await delay(delayMs, undefined, signal && { signal })
      if (luck < failureRate / 2) throw noAnswer(request, 'the request did not arrive')
      const answer = await call(request, signal)
      if (luck < failureRate) throw noAnswer(request, 'the answer was lost')
      return answer
    }
  return {
    authorize: over((request, signal) => gateway.authorize(request, signal)),
    capture: over((request, signal) => gateway.capture(request, signal)),
    void: over((request, signal) => gateway.void(request, signal)),
    refund: over((request, signal) => gateway.refund(request, signal)),
  }
}

/** Numbers from 0 to below 1 that depend on the seed alone. */
const chancesOf = (seed: number) => {
  let calls = 0
  return (): number => {
    calls += 1
    return createHash('sha256').update(`${seed} ${calls}`).digest().readUInt32BE(0) / 2 ** 32
  }
}
