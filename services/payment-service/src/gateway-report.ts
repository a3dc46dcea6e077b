import type { CommandBus, CommandMeta, CommandOf, OutboundCalls, Rejection, ResultOf } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { DeclineReason } from './gateway.ts'
import { stepOf } from './gateway-keys.ts'
import { payment } from './payment/payment.ts'
import type { Amount } from './payment/payment-state.ts'

export const DONE_EVENTS = ['AUTHORIZED', 'CAPTURED', 'VOIDED', 'REFUNDED'] as const

/** What the gateway tells by itself of a call that it was asked for. */
export type GatewayReport = {
  readonly orderId: string
  /** Of the call. */
  readonly idempotencyKey: string
  readonly amount: Amount
} & (
  | {
      readonly event: (typeof DONE_EVENTS)[number]
      /** The gateway's number of the authorisation or of the movement. */
      readonly gatewayId: string
    }
  | { readonly event: 'DECLINED'; readonly reason: DeclineReason; readonly message: string }
  /** Not now; asked again, under another key, it may be granted. */
  | { readonly event: 'REFUND_REFUSED'; readonly message: string }
)

type RefundRetryAt = (attempts: number) => Date

/** The command that the answer of the call would have become, with the amount to be checked; undefined when the key stands for something else. */
export const commandOf = (
  report: GatewayReport,
  refundRetryAt: RefundRetryAt,
): CommandOf<typeof payment> | undefined => {
  const { orderId, amount } = report
  const step = stepOf(orderId, report.idempotencyKey)
  switch (report.event) {
    case 'AUTHORIZED':
      if (step?.kind !== 'authorize') return undefined
      return { type: 'RecordAuthorization', data: { orderId, authorizationId: report.gatewayId, amount } }
    case 'DECLINED': {
      if (step?.kind !== 'authorize') return undefined
      const { reason, message } = report
      return { type: 'RecordDecline', data: { orderId, reason, message, amount } }
    }
    case 'CAPTURED':
      if (step?.kind !== 'capture') return undefined
      return { type: 'RecordCapture', data: { orderId, number: step.number, captureId: report.gatewayId, amount } }
    case 'VOIDED':
      if (step?.kind !== 'void') return undefined
      return { type: 'RecordVoid', data: { orderId, voidId: report.gatewayId, amount } }
    case 'REFUNDED': {
      if (step?.kind !== 'refund') return undefined
      const { number, attempt } = step
      return { type: 'RecordRefund', data: { orderId, number, attempt, refundId: report.gatewayId, amount } }
    }
    case 'REFUND_REFUSED': {
      if (step?.kind !== 'refund') return undefined
      const { number, attempt } = step
      const retryAt = refundRetryAt(attempt).toISOString()
      return {
        type: 'RecordRefundRefusal',
        data: { orderId, number, attempt, message: report.message, retryAt, amount },
      }
    }
  }
}

export interface GatewayReportsParts {
  readonly bus: CommandBus
  readonly calls: Pick<OutboundCalls, 'settle'>
  readonly refundRetryAt: RefundRetryAt
}

export type TakeReport = (
  report: GatewayReport,
  meta: Omit<CommandMeta, 'correlationId' | 'alongside'>,
) => Promise<ResultOf<typeof payment> | { readonly status: 'rejected'; readonly rejection: Rejection<'UNKNOWN_CALL'> }>

/** Records what the gateway reports, and ends its call. The answer of the call, before or after, is the same command: what comes second changes nothing. */
export const gatewayReports =
  ({ bus, calls, refundRetryAt }: GatewayReportsParts): TakeReport =>
  async (report, meta) => {
    const { orderId, idempotencyKey } = report
    const command = commandOf(report, refundRetryAt)
    if (command === undefined) {
      const why = `${idempotencyKey} is no call of order ${orderId} that could have been ${report.event}`
      return { status: 'rejected', rejection: reject('UNKNOWN_CALL', why, { orderId, idempotencyKey }) }
    }
    return bus.execute(payment, orderId, command, {
      correlationId: orderId,
      ...meta,
      alongside: (unit) => calls.settle(unit, idempotencyKey),
    })
  }
