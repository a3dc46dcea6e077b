import { badDay } from '@stocker/service-kit'
import type { Courier, CourierReport, Parcel } from './courier.ts'
import { withRequests } from './courier.ts'

export interface Unreliability {
  /** So many of the requests get no answer, from 0 to 1: one half does not reach the courier, of the other half the answer is lost. */
  readonly failureRate: number
  /** The same seed lets the same requests fail, by their number since the start. */
  readonly seed: number
}

/** A courier as it is on a bad day, made of one who works. `answerLost` hears of the answers that do not arrive. */
export const unreliable = (
  courier: Courier,
  { failureRate, seed }: Unreliability,
  answerLost: (parcel: Parcel, reports: readonly CourierReport[]) => Promise<void> = async () => {},
): Courier => {
  if (failureRate === 0) return courier
  const failing = badDay({
    failureRate,
    seed,
    failure: ({ orderId, idempotencyKey }: Parcel, why) =>
      new Error(`the courier gave no answer for order ${orderId} (${why}); ask again with key ${idempotencyKey}`),
  })
  return withRequests(courier, (ask) => failing(ask, answerLost))
}
