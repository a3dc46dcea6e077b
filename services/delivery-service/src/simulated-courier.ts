import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Courier } from './courier.ts'

export interface SimulatedCourierOptions {
  /** How long a delivery takes, in milliseconds. 0: it is done at once. */
  readonly delayMs: number
  /** Ends the deliveries under way without a proof, for a process that must not wait for them. Default: none does. */
  readonly stopping?: AbortSignal
  /** Default: the system's clock. */
  readonly now?: () => Date
}

/** Longer numbers would be no better known: 64 of 256 bits keep a billion parcels apart. */
const digest = (text: string): string => hash('sha256', text).slice(0, 16).toUpperCase()

/** A courier for development and tests: every parcel arrives. Numbers depend on nothing but their key, so a repeated call is seen to be one. */
export const simulatedCourier = ({ delayMs, stopping, now = () => new Date() }: SimulatedCourierOptions): Courier => ({
  name: 'Simulated Courier',
  trackingNumber: (orderId) => `SC${digest(orderId)}`,
  deliver: async ({ idempotencyKey, address }, signal) => {
    if (delayMs > 0) {
      const ends = [signal, stopping].filter((end) => end !== undefined)
      await wait(delayMs, undefined, { signal: AbortSignal.any(ends) })
    }
    return { receivedBy: address.name, proofId: `POD${digest(idempotencyKey)}`, deliveredAt: now().toISOString() }
  },
})
