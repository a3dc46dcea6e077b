import { reject } from '@stocker/cqrs'
import type { Amount, Payment, RequestedPayment } from './payment-state.ts'

const textOf = ({ amount, currency }: Amount): string => `${amount} ${currency}`

export const paymentNotFound = (orderId: string) =>
  reject('PAYMENT_NOT_FOUND', `there is no payment of order ${orderId}`, { orderId })

export const notRequested = (orderId: string) =>
  reject('PAYMENT_NOT_REQUESTED', `no payment of order ${orderId} was asked for, so there is nothing to record`, {
    orderId,
  })

export const contradictoryAnswer = (orderId: string, { status }: Payment) =>
  reject(
    'CONTRADICTORY_ANSWER',
    `the payment of order ${orderId} is ${status} already; compare it with the gateway's ledger`,
    { orderId, status },
  )

export const otherAmount = (orderId: string, said: Amount, asked: Amount) =>
  reject(
    'OTHER_AMOUNT',
    `the gateway says ${textOf(said)} of order ${orderId}, which asked for ${textOf(asked)}; compare the payment with the gateway's ledger`,
    { orderId },
  )

export const movementUnderWay = (orderId: string, { status }: Payment) =>
  reject(
    'MOVEMENT_UNDER_WAY',
    `the payment of order ${orderId} is ${status}: one movement of money at a time; ask again when it is done`,
    { orderId, status },
  )

export const currencyMismatch = (orderId: string, asked: Amount, { request }: RequestedPayment) =>
  reject(
    'CURRENCY_MISMATCH',
    `order ${orderId} is paid in ${request.amount.currency}; ${textOf(asked)} cannot be moved`,
    { orderId, currency: request.amount.currency },
  )

export const captureNotAuthorized = (orderId: string, { status }: Payment) =>
  reject('CAPTURE_NOT_AUTHORIZED', `the payment of order ${orderId} is ${status}: there is nothing to capture`, {
    orderId,
    status,
  })

export const captureExceedsAuthorized = (orderId: string, asked: Amount, left: Amount) =>
  reject(
    'CAPTURE_EXCEEDS_AUTHORIZED',
    `${textOf(left)} of order ${orderId} are authorised and not captured; ${textOf(asked)} are more than that`,
    { orderId, left },
  )

export const nothingToRefund = (orderId: string, { status }: Payment) =>
  reject(
    'NOTHING_TO_REFUND',
    `the payment of order ${orderId} is ${status}: nothing was taken that could be given back`,
    { orderId, status },
  )

export const refundExceedsCaptured = (orderId: string, asked: Amount, left: Amount) =>
  reject(
    'REFUND_EXCEEDS_CAPTURED',
    `${textOf(left)} of order ${orderId} are captured and not refunded; ${textOf(asked)} are more than that`,
    { orderId, left },
  )

export const refundNotFailed = (orderId: string, { status }: Payment) =>
  reject('REFUND_NOT_FAILED', `the payment of order ${orderId} is ${status}: no refund was refused`, {
    orderId,
    status,
  })
