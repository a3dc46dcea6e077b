import { setTimeout as delay } from 'node:timers/promises'
import { badDay } from '@stocker/service-kit'
import type { MovementRequest, PaymentGateway } from '../gateway.ts'
import { noAnswer } from '../gateway.ts'
import type { Answered } from './gateway-messages.ts'
import type { LedgerKind } from './movement-rules.ts'

export interface Unreliability {
  /** Each answer comes so much later. Milliseconds. */
  readonly delayMs: number
  /** So many of the calls get no answer, from 0 to 1: one half is not carried out, of the other half the answer is lost. */
  readonly failureRate: number
  /** The same seed lets the same calls fail, by their number since the start. */
  readonly seed: number
}

/** A gateway as it is on a bad day, made of one that works. `answerLost` hears of the answers that do not arrive. */
export const unreliable = (
  gateway: PaymentGateway,
  { delayMs, failureRate, seed }: Unreliability,
  answerLost: (answered: Answered) => Promise<void> = async () => {},
): PaymentGateway => {
  if (delayMs === 0 && failureRate === 0) return gateway
  const failing = badDay({ failureRate, seed, failure: noAnswer })
  const late =
    <Request, Answer>(call: (request: Request, signal?: AbortSignal) => Promise<Answer>) =>
    async (request: Request, signal?: AbortSignal): Promise<Answer> => {
      if (delayMs > 0) await delay(delayMs, undefined, signal && { signal })
      return call(request, signal)
    }
  const moving = (kind: LedgerKind) =>
    late(
      failing(
        (request: MovementRequest, signal?: AbortSignal) => gateway[kind](request, signal),
        (request, answer) => answerLost({ kind, request, answer }),
      ),
    )
  return {
    authorize: late(
      failing(
        (request, signal) => gateway.authorize(request, signal),
        (request, answer) => answerLost({ kind: 'authorize', request, answer }),
      ),
    ),
    capture: moving('capture'),
    void: moving('void'),
    refund: moving('refund'),
  }
}
