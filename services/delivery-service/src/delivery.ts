import type { Address, EventData } from '@stocker/contracts'
import { defineAggregate, reject } from '@stocker/cqrs'

/** NONE is "not handed over by dispatch yet" and is never shown. */
export const DELIVERY_STATUSES = ['NONE', 'SCHEDULED', 'DELIVERED'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]
export type ShownStatus = Exclude<DeliveryStatus, 'NONE'>

/** SCHEDULED is left by the courier's proof, for which the call is repeated until it comes, or by hand. */
export const DELIVERY_TRANSITIONS = {
  NONE: ['SCHEDULED'],
  SCHEDULED: ['DELIVERED'],
  DELIVERED: [],
} as const satisfies Record<DeliveryStatus, readonly DeliveryStatus[]>

export type Proof = EventData<'OrderDeliveredEvent'>['proof']

export interface HistoryEntry {
  readonly status: ShownStatus
  /** ISO 8601, UTC. */
  readonly at: string
}

export interface Schedule extends EventData<'DeliveryScheduledEvent'> {
  readonly shippingAddress: Address
}

export interface Delivery {
  readonly status: DeliveryStatus
  readonly schedule: Schedule | null
  readonly proof: Proof | null
  /** ISO 8601, UTC: when it was handed over, which is before the event that says so. */
  readonly deliveredAt: string | null
  readonly history: readonly HistoryEntry[]
}

export type DeliveryEvents = {
  /** Also the intent to call the courier: the address is kept for that and is not published. */
  DeliveryScheduledEvent: Schedule
  OrderDeliveredEvent: EventData<'OrderDeliveredEvent'>
}

export type DeliveryCommands = {
  Schedule: {
    readonly orderId: string
    readonly courier: string
    readonly trackingNumber: string
    readonly shippingAddress: Address
  }
  /** The parcel was handed over: said by the courier, or by hand. `deliveredAt` is ISO 8601, UTC. */
  RecordDelivery: { readonly orderId: string; readonly deliveredAt: string; readonly proof: Proof }
}

export const delivery = defineAggregate<Delivery, DeliveryCommands, DeliveryEvents>({
  name: 'delivery',
  initial: { status: 'NONE', schedule: null, proof: null, deliveredAt: null, history: [] },
  decide: {
    Schedule: (parcel, state) =>
      state.status === 'NONE'
        ? [{ type: 'DeliveryScheduledEvent', data: { ...parcel, deliveryId: `delivery-${parcel.orderId}` } }]
        : [],
    RecordDelivery: ({ orderId, deliveredAt, proof }, state) => {
      if (state.schedule === null)
        return reject('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`, { orderId })
      if (state.status === 'SCHEDULED') {
        const { deliveryId } = state.schedule
        return [{ type: 'OrderDeliveredEvent', data: { orderId, deliveryId, deliveredAt, proof } }]
      }
      if (state.proof?.proofId === proof.proofId) return []
      return reject(
        'ALREADY_DELIVERED',
        `order ${orderId} was delivered at ${state.deliveredAt}, with proof ${state.proof?.proofId}`,
        { orderId, proofId: state.proof?.proofId },
      )
    },
  },
  evolve: {
    DeliveryScheduledEvent: (state, schedule, { occurredAt }) => ({
      ...state,
      status: 'SCHEDULED',
      schedule,
      history: [...state.history, { status: 'SCHEDULED', at: occurredAt }],
    }),
    OrderDeliveredEvent: (state, { deliveredAt, proof }, { occurredAt }) => ({
      ...state,
      status: 'DELIVERED',
      proof,
      deliveredAt,
      history: [...state.history, { status: 'DELIVERED', at: occurredAt }],
    }),
  },
})
