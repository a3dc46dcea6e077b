import type { Books } from './books.ts'
import type { Difference } from './difference.ts'
import { moneyDifferences } from './money.ts'
import { orderFiles } from './order-file.ts'
import { outcomeDifferences } from './outcome.ts'
import { stockOfOrder, stockOfSkus } from './stock.ts'
import { openDifferences, waitDifferences } from './waits.ts'

export interface CompareOptions {
  /** Whether every order must be at its end. Default false: one that is under way must be watched by a deadline. */
  readonly settled?: boolean
  /** Ids of orders that somebody was told are taken. Default: none are known. */
  readonly accepted?: readonly string[]
}

/** Everything in which the books do not tell one story. Empty: they agree. */
export const compareBooks = (
  books: Books,
  { settled = false, accepted = [] }: CompareOptions = {},
): readonly Difference[] => [
  ...orderFiles(books).flatMap((file) => [
    ...outcomeDifferences(file),
    ...moneyDifferences(file),
    ...stockOfOrder(file),
    ...openDifferences(file, settled),
  ]),
  ...missing(books, accepted),
  ...stockOfSkus(books),
  ...waitDifferences(books),
  ...books.stale.map(
    ({ service, table, key, text }) =>
      ({ kind: 'READ_MODEL', about: `${table} ${key}`, text: `${text} (${service})` }) as const,
  ),
]

const missing = ({ orders }: Books, accepted: readonly string[]): readonly Difference[] => {
  const known = new Set(orders.map(({ orderId }) => orderId))
  return accepted
    .filter((orderId) => !known.has(orderId))
    .map((orderId) => ({ kind: 'ORDER_MISSING', about: `order ${orderId}`, text: 'order-service does not know it' }))
}
