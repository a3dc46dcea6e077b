import type { AddressedCommand, NewEvent, OutboundCall } from '@stocker/cqrs'
import { send } from '@stocker/cqrs'
import type { Courier, Parcel } from './courier.ts'
import type { Schedule } from './delivery.ts'
import { delivery } from './delivery.ts'

export type CourierCall = Omit<Parcel, 'idempotencyKey'>

/** The intent that DeliveryScheduledEvent stands for. */
export const courierCallOf = (event: Pick<NewEvent, 'data'>): { key: string; request: CourierCall } => {
  const { orderId, deliveryId, trackingNumber, shippingAddress } = event.data as Schedule
  return { key: deliveryId, request: { orderId, trackingNumber, address: shippingAddress } }
}

/** Makes the call and says which command records the proof. */
export const performDelivery =
  (courier: Courier) =>
  async ({ key, request, signal }: OutboundCall<CourierCall>): Promise<AddressedCommand> => {
    const { orderId } = request
    const { deliveredAt, ...proof } = await courier.deliver({ idempotencyKey: key, ...request }, signal)
    return send(delivery, orderId, { type: 'RecordDelivery', data: { orderId, deliveredAt, proof } })
  }
