import type { WaitingLevel } from './waiting.ts'

/** What may be told to the customer about an order in this state: no ids, no names of services, nothing about anybody. */
const STAGES: Readonly<Record<string, string>> = {
  CREATED: 'Your order has arrived, and the payment is being confirmed.',
  CONFIRMED: 'Your order is paid, and is being packed.',
  DISPATCHED: 'Your parcel is on its way.',
  DELIVERED: 'Your order has been delivered.',
  CANCELLING: 'Your order is being cancelled; what was paid goes back to you.',
  CANCELLED: 'Your order is cancelled. Nothing was charged, or all of it was given back.',
  RETURNING: 'Your return is on its way; the money goes back to you when it is here.',
  RETURNED: 'Your return is complete, and the money was given back.',
  LOST: 'The courier has lost your parcel; the money goes back to you.',
}

const DELAYS: Readonly<Record<WaitingLevel, string>> = {
  finished: '',
  normal: '',
  late: ' It takes a little longer than usual; you need not do anything.',
  stuck: ' There is a delay on our side that we are looking into; nothing is lost, and you need not do anything.',
}

export const customerWords = (status: string | null, level: WaitingLevel): string =>
  `${STAGES[status ?? ''] ?? 'Your order is being processed.'}${DELAYS[level]}`
