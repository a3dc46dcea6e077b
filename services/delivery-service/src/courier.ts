import type { Address, DeliveryFailureReason } from '@stocker/contracts'

/** What a courier can tell of a parcel. */
export const COURIER_EVENTS = ['PICKED_UP', 'DELIVERED', 'ATTEMPT_FAILED', 'RETURNED', 'LOST'] as const
export type CourierEvent = (typeof COURIER_EVENTS)[number]

/** Something that happened to a parcel. `at`: when, ISO 8601, UTC. */
export type CourierReport =
  | { readonly event: 'PICKED_UP' | 'RETURNED' | 'LOST'; readonly at: string }
  | {
      readonly event: 'DELIVERED'
      readonly at: string
      readonly proof: { readonly receivedBy: string; readonly proofId: string }
    }
  | { readonly event: 'ATTEMPT_FAILED'; readonly at: string; readonly reason: DeliveryFailureReason }

export type CourierRequest = 'deliver' | 'bringBack' | 'fetch'

export interface Parcel {
  /** Requests of one key are one request, however often they are sent. */
  readonly idempotencyKey: string
  /** Our reference, which the courier names in its reports. */
  readonly orderId: string
  readonly trackingNumber: string
  readonly address: Address
  /** Of delivery, from 1. */
  readonly attempt: number
}

export type AskCourier = (parcel: Parcel, signal?: AbortSignal) => Promise<readonly CourierReport[]>

/**
 * The company that brings the parcels. Each request resolves when the courier has taken it on, with what has happened since to the parcel: often
 * nothing, and the courier reports later, by its webhook. Rejects when the courier does not answer: repeat with the same key, which also
 * asks a silent courier what became of the parcel.
 */
export interface Courier {
  readonly name: string
  /** A number out of the range that the courier gave us; the same order gets the same one. */
  trackingNumber(orderId: string): string
  /** Bring it to the customer. */
  readonly deliver: AskCourier
  /** Do not deliver it: bring it back to us. */
  readonly bringBack: AskCourier
  /** Fetch it from the customer, and bring it back to us. */
  readonly fetch: AskCourier
}

/** The same courier, whose requests all go another way. */
export const withRequests = (courier: Courier, change: (ask: AskCourier) => AskCourier): Courier => ({
  ...courier,
  deliver: change(courier.deliver),
  bringBack: change(courier.bringBack),
  fetch: change(courier.fetch),
})
