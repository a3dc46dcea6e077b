import type { StatusKind } from '../web/components/status.ts'
import type { AttentionReason } from './attention.ts'

export const ORDER_STATUS: Readonly<Record<string, StatusKind>> = {
  CREATED: 'busy',
  CONFIRMED: 'busy',
  DISPATCHED: 'busy',
  DELIVERED: 'ok',
  CANCELLING: 'info',
  CANCELLED: 'idle',
  RETURNING: 'info',
  RETURNED: 'idle',
  LOST: 'bad',
}

export const ATTENTION_WORDS: Readonly<Record<AttentionReason, { readonly kind: StatusKind; readonly word: string }>> =
  {
    'dead-letter': { kind: 'bad', word: 'dead letter' },
    overdue: { kind: 'bad', word: 'deadline overdue' },
    failing: { kind: 'warn', word: 'handler fails' },
    'call-failing': { kind: 'warn', word: 'partner does not answer' },
    late: { kind: 'warn', word: 'late' },
  }

/** Minor units. Currencies without or with three decimals are told by their ISO 4217 rules. */
export const moneyText = (amount: number, currency: string): string => {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`
}
