import type { AddressedCommand, CommandOf, NewEvent, OutboundCall } from '@stocker/cqrs'
import { send } from '@stocker/cqrs'
import type { AuthorizationRequest, MovementAnswer, MovementRequest, PaymentGateway } from './gateway.ts'
import { GatewayError } from './gateway.ts'
import { gatewayKeys } from './gateway-keys.ts'
import { payment } from './payment/payment.ts'
import type { CaptureRequest, PaymentRequest, RefundRequest, VoidRequest } from './payment/payment-state.ts'

type Unkeyed<Request> = Omit<Request, 'idempotencyKey'>

interface MovementCall {
  readonly kind: 'capture' | 'void'
  readonly movement: Unkeyed<MovementRequest>
}
interface RefundCall {
  readonly kind: 'refund'
  readonly number: number
  readonly attempt: number
  readonly movement: Unkeyed<MovementRequest>
}
/** What is stored with the intent. An authorisation has no `kind`: older versions of the service knew nothing else. */
export type GatewayCall = (Unkeyed<AuthorizationRequest> & { readonly kind?: undefined }) | MovementCall | RefundCall

type Intent = (event: Pick<NewEvent, 'data'>) => { readonly key: string; readonly request: GatewayCall }

const movementOf = ({ orderId, amount, authorizationId }: VoidRequest | CaptureRequest | RefundRequest) => ({
  orderId,
  amount,
  authorizationId,
})

/** Whom the calls are to: in their rows, in metrics and as a fault switch. */
export const OUTSIDE = 'payment-gateway'

/** Event → the call that it stands for. Payment and step make the key, so that a repetition is the same call. */
export const gatewayCalls = {
  PaymentRequested: ({ data }) => {
    const { orderId, amount, paymentToken } = data as PaymentRequest
    return { key: gatewayKeys.authorize(orderId), request: { orderId, amount, token: paymentToken } }
  },
  PaymentCaptureRequested: ({ data }) => {
    const asked = data as CaptureRequest
    return {
      key: gatewayKeys.capture(asked.orderId, asked.number),
      request: { kind: 'capture', movement: movementOf(asked) },
    }
  },
  PaymentVoidRequested: ({ data }) => {
    const asked = data as VoidRequest
    return { key: gatewayKeys.void(asked.orderId), request: { kind: 'void', movement: movementOf(asked) } }
  },
  PaymentRefundRequested: ({ data }) => {
    const asked = data as RefundRequest
    const { orderId, number, attempt } = asked
    const request = { kind: 'refund', number, attempt, movement: movementOf(asked) } as const
    return { key: gatewayKeys.refund(orderId, number, attempt), request }
  },
} as const satisfies Readonly<Record<string, Intent>>

export interface GatewayCallsParts {
  readonly gateway: PaymentGateway
  /** When to ask again for a refund that was refused so many times, from 1. */
  readonly refundRetryAt: (attempts: number) => Date
}

/**
 * Makes the call and says which command records the answer. Without an answer it rejects and is repeated with the same key,
 * without an end: as long as the outcome is unknown the money may have been moved. A refusal that contradicts our books rejects
 * too: nothing is recorded, and the log goes on naming the order until somebody has compared both.
 */
export const performGatewayCall =
  ({ gateway, refundRetryAt }: GatewayCallsParts) =>
  async ({ key, request, signal }: OutboundCall<GatewayCall>): Promise<AddressedCommand> => {
    if (request.kind === undefined) return authorize(gateway, { idempotencyKey: key, ...request }, signal)
    const movement = { idempotencyKey: key, ...request.movement }
    const { orderId } = movement
    switch (request.kind) {
      case 'capture': {
        const captureId = doneBy(await gateway.capture(movement, signal), movement)
        return record(orderId, { type: 'RecordCapture', data: { orderId, captureId } })
      }
      case 'void': {
        const voidId = doneBy(await gateway.void(movement, signal), movement)
        return record(orderId, { type: 'RecordVoid', data: { orderId, voidId } })
      }
      case 'refund': {
        const { number, attempt } = request
        const answer = await gateway.refund(movement, signal)
        if (answer.outcome === 'refused' && answer.reason === 'NOT_POSSIBLE_NOW') {
          const { message } = answer
          const retryAt = refundRetryAt(attempt).toISOString()
          return record(orderId, { type: 'RecordRefundRefusal', data: { orderId, number, attempt, message, retryAt } })
        }
        const refundId = doneBy(answer, movement)
        return record(orderId, { type: 'RecordRefund', data: { orderId, number, attempt, refundId } })
      }
    }
  }

const record = (orderId: string, command: CommandOf<typeof payment>): AddressedCommand =>
  send(payment, orderId, command)

const authorize = async (gateway: PaymentGateway, request: AuthorizationRequest, signal: AbortSignal) => {
  const { orderId } = request
  const answer = await gateway.authorize(request, signal)
  if (answer.outcome === 'authorized') {
    const { authorizationId } = answer
    return record(orderId, { type: 'RecordAuthorization', data: { orderId, authorizationId } })
  }
  const { reason, message } = answer
  return record(orderId, { type: 'RecordDecline', data: { orderId, reason, message } })
}

const doneBy = (answer: MovementAnswer, { orderId, idempotencyKey }: MovementRequest): string => {
  if (answer.outcome === 'done') return answer.movementId
  throw new GatewayError(
    'GATEWAY_CONTRADICTS',
    `the gateway refuses ${idempotencyKey} of order ${orderId}: ${answer.reason}, ${answer.message}; ` +
      "compare the payment with the gateway's ledger",
  )
}
