import type { Address } from '@stocker/contracts'

export interface Parcel {
  /** Orders of one key are one delivery, however often they are sent. */
  readonly idempotencyKey: string
  readonly orderId: string
  readonly trackingNumber: string
  readonly address: Address
}

export interface ProofOfDelivery {
  readonly receivedBy: string
  readonly proofId: string
  /** ISO 8601, UTC. */
  readonly deliveredAt: string
}

/** The company that brings the parcels. */
export interface Courier {
  readonly name: string
  /** A number out of the range that the courier gave us; the same order gets the same one. */
  trackingNumber(orderId: string): string
  /** Resolves when the parcel was handed over. Rejects when the courier does not answer: repeat with the same key. */
  deliver(parcel: Parcel, signal?: AbortSignal): Promise<ProofOfDelivery>
}
