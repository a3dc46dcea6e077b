import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Courier, CourierReport, Parcel } from './courier.ts'

export interface SimulatedCourierOptions {
  /** How long a request takes until its outcome is there, in milliseconds. 0: it is done at once. */
  readonly delayMs: number
  /** Ends the requests under way without an outcome, for a process that must not wait for them. Default: none does. */
  readonly stopping?: AbortSignal
  /** Default: the system's clock. */
  readonly now?: () => Date
}

/** Longer numbers would be no better known: 64 of 256 bits keep a billion parcels apart. */
const digest = (text: string): string => hash('sha256', text).slice(0, 16).toUpperCase()

type Outcome = (parcel: Parcel, at: string) => CourierReport

const delivered: Outcome = ({ idempotencyKey, address }, at) => ({
  event: 'DELIVERED',
  at,
  proof: { receivedBy: address.name, proofId: `POD${digest(idempotencyKey)}` },
})
const absent: Outcome = (_, at) => ({ event: 'ATTEMPT_FAILED', at, reason: 'ABSENT' })
const refused: Outcome = (_, at) => ({ event: 'ATTEMPT_FAILED', at, reason: 'REFUSED' })
const lost: Outcome = (_, at) => ({ event: 'LOST', at })

/** What the end of the first line of an address brings about; any other one is delivered. */
const ADDRESSES: readonly (readonly [RegExp, Outcome])[] = [
  [/\babsent$/i, absent],
  [/\babsent once$/i, (parcel, at) => (parcel.attempt === 1 ? absent : delivered)(parcel, at)],
  [/\brefused$/i, refused],
  [/\blost$/i, lost],
]

/**
 * A courier for development and tests. What becomes of a parcel depends on nothing but its address and the attempt, numbers on nothing but their
 * key: so a request that is repeated, by whichever process, has the same outcome.
 */
export const simulatedCourier = ({ delayMs, stopping, now = () => new Date() }: SimulatedCourierOptions): Courier => {
  const takeTime = async (signal: AbortSignal | undefined): Promise<string> => {
    if (delayMs > 0) {
      const ends = [signal, stopping].filter((end) => end !== undefined)
      await wait(delayMs, undefined, { signal: AbortSignal.any(ends) })
    }
    return now().toISOString()
  }
  const comesBack = async (_: Parcel, signal?: AbortSignal): Promise<readonly CourierReport[]> => [
    { event: 'RETURNED', at: await takeTime(signal) },
  ]
  return {
    name: 'Simulated Courier',
    trackingNumber: (orderId) => `SC${digest(orderId)}`,
    deliver: async (parcel, signal) => {
      const at = await takeTime(signal)
      const [, outcome = delivered] = ADDRESSES.find(([pattern]) => pattern.test(parcel.address.line1.trim())) ?? []
      return [{ event: 'PICKED_UP', at }, outcome(parcel, at)]
    },
    bringBack: comesBack,
    fetch: comesBack,
  }
}
