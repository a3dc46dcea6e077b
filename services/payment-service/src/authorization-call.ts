import type { AddressedCommand, NewEvent, OutboundCall } from '@stocker/cqrs'
import { send } from '@stocker/cqrs'
import type { AuthorizationRequest, PaymentGateway } from './gateway.ts'
import type { PaymentRequest } from './payment.ts'
import { payment } from './payment.ts'

export type AuthorizationCall = Omit<AuthorizationRequest, 'idempotencyKey'>

/** The intent that PaymentRequested stands for. One order has one authorisation: its id makes the key. */
export const authorizationCallOf = (event: Pick<NewEvent, 'data'>): { key: string; request: AuthorizationCall } => {
  const { orderId, amount, paymentToken } = event.data as PaymentRequest
  return { key: `authorize-${orderId}`, request: { orderId, amount, token: paymentToken } }
}

/**
 * Makes the call and says which command records the answer. Without an answer it rejects and is repeated with the same key,
 * without an end: as long as the outcome is unknown the gateway may hold the customer's money, and a PaymentFailedEvent would
 * leave it held with nobody to free it. Giving up (GATEWAY_UNAVAILABLE) becomes safe when the payment can be voided by its
 * key; the order's deadline then asks for that.
 */
export const performAuthorization =
  (gateway: PaymentGateway) =>
  async ({ key, request, signal }: OutboundCall<AuthorizationCall>): Promise<AddressedCommand> => {
    const { orderId } = request
    const answer = await gateway.authorize({ idempotencyKey: key, ...request }, signal)
    if (answer.outcome === 'authorized') {
      const { authorizationId } = answer
      return send(payment, orderId, { type: 'RecordAuthorization', data: { orderId, authorizationId } })
    }
    const { reason, message } = answer
    return send(payment, orderId, { type: 'RecordDecline', data: { orderId, reason, message } })
  }
