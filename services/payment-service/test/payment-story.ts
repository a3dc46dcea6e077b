import type { CommandOf, EventOf } from '@stocker/cqrs'
import type { payment } from '../src/payment/payment.ts'

export type PaymentCommand = CommandOf<typeof payment>
export type PaymentEvent = EventOf<typeof payment>

export const orderId = 'o-1'
export const paymentId = 'payment-o-1'
export const authorizationId = 'auth-1'
export const euros = (amount: number) => ({ amount, currency: 'EUR' })
/** Of the whole order. */
export const total = euros(2500)
export const retryAt = '2026-01-01T00:01:00.000Z'

const command = <T extends PaymentCommand['type']>(
  type: T,
  data: Omit<Extract<PaymentCommand, { type: T }>['data'], 'orderId'>,
) => ({ type, data: { orderId, ...data } }) as unknown as Extract<PaymentCommand, { type: T }>

export const commands = {
  request: command('Request', { amount: total, paymentToken: 'tok_ok' }),
  authorized: (id = authorizationId) => command('RecordAuthorization', { authorizationId: id }),
  declined: (reason: 'DECLINED' | 'INSUFFICIENT_FUNDS' = 'DECLINED') =>
    command('RecordDecline', { reason, message: 'the card was declined' }),
  capture: (amount?: number) => command('Capture', amount === undefined ? {} : { amount: euros(amount) }),
  captured: (captureId = 'cap-1') => command('RecordCapture', { captureId }),
  reverse: (reason = 'STOCK_RELEASED') => command('Reverse', { reason }),
  voided: (voidId = 'void-1') => command('RecordVoid', { voidId }),
  refund: (amount?: number, reason = 'GOODWILL') =>
    command('Refund', amount === undefined ? { reason } : { reason, amount: euros(amount) }),
  refunded: (number = 1, attempt = 1, refundId = `ref-${number}`) =>
    command('RecordRefund', { number, attempt, refundId }),
  refundRefused: (number = 1, attempt = 1) =>
    command('RecordRefundRefusal', { number, attempt, message: 'not now', retryAt }),
  retryRefund: command('RetryRefund', {}),
}

const event = <T extends PaymentEvent['type']>(
  type: T,
  data: Omit<Extract<PaymentEvent, { type: T }>['data'], 'orderId' | 'paymentId'>,
) => ({ type, data: { orderId, paymentId, ...data } }) as unknown as Extract<PaymentEvent, { type: T }>

export const events = {
  requested: event('PaymentRequested', { amount: total, paymentToken: 'tok_ok' }),
  processed: event('PaymentProcessedEvent', { amount: total, authorizationId }),
  failed: event('PaymentFailedEvent', { reason: 'DECLINED', message: 'the card was declined' }),
  captureNoted: { type: 'PaymentCaptureNoted', data: { orderId } } as const,
  captureRequested: (amount = total.amount, number = 1) =>
    event('PaymentCaptureRequested', { authorizationId, amount: euros(amount), number }),
  captured: (amount = total.amount, captureId = 'cap-1') =>
    event('PaymentCapturedEvent', { amount: euros(amount), captureId }),
  reversalNoted: (reason = 'STOCK_RELEASED') => ({ type: 'PaymentReversalNoted', data: { orderId, reason } }) as const,
  voidRequested: (reason = 'STOCK_RELEASED') =>
    event('PaymentVoidRequested', { authorizationId, amount: total, reason }),
  voided: (voidId?: string, reason = 'STOCK_RELEASED') =>
    event('PaymentVoidedEvent', voidId === undefined ? { reason } : { reason, voidId }),
  refundRequested: (amount = total.amount, number = 1, attempt = 1, reason = 'GOODWILL') =>
    event('PaymentRefundRequested', { authorizationId, amount: euros(amount), number, attempt, reason }),
  refunded: (amount = total.amount, totalRefunded = amount, refundId = 'ref-1', reason = 'GOODWILL') =>
    event('PaymentRefundedEvent', {
      amount: euros(amount),
      refundId,
      reason,
      captured: total,
      totalRefunded: euros(totalRefunded),
    }),
  refundFailed: (amount = total.amount, attempt = 1) =>
    event('PaymentRefundFailedEvent', { amount: euros(amount), attempt, message: 'not now', retryAt }),
}

const { requested, processed, captureRequested, captured } = events
/** Histories that many rules begin with. */
export const authorizedPayment = [requested, processed] as const
export const capturedPayment = [requested, processed, captureRequested(), captured()] as const
