import { setTimeout as delay } from 'node:timers/promises'
import type { Books } from './books.ts'
import type { CompareOptions } from './compare-books.ts'
import { compareBooks } from './compare-books.ts'
import type { AuditedDatabases } from './databases.ts'
import type { Difference } from './difference.ts'
import { readBooks } from './read-books.ts'
import { readModelDifferences } from './read-models.ts'

export interface AuditOptions extends CompareOptions {
  /**
   * The databases are not read at the same moment, so orders that are under way may seem to differ: only what is there at every
   * look for this long counts. 0: one look. Milliseconds; default 15,000.
   */
  readonly patienceMs?: number
  /** Whether every read model is built anew from its events and compared row by row, at the end. Default false. See `readModelDifferences`. */
  readonly readModels?: boolean
  /** Between two looks. Milliseconds; default 500. */
  readonly lookEveryMs?: number
}

export const AUDIT_DEFAULTS = { patienceMs: 15_000, lookEveryMs: 500 } as const

export interface AuditReport {
  readonly orders: number
  readonly ordersByStatus: Readonly<Record<string, number>>
  /** Minor units, over all currencies. */
  readonly charged: number
  readonly refunded: number
  readonly carts: number
  readonly skus: number
  /** Empty: the books agree. */
  readonly differences: readonly Difference[]
}

/** While orders come and go there is always something new to look at; after so many times the patience it is enough. */
const LIMIT = 3

/** The conservation check: money, stock and every order, over the databases of all services and the gateway's ledger. */
export const audit = async (databases: AuditedDatabases, options: AuditOptions = {}): Promise<AuditReport> => {
  const { patienceMs, lookEveryMs } = { ...AUDIT_DEFAULTS, ...options }
  const ofReadModels = async () => (options.readModels === true ? readModelDifferences(databases) : [])
  const beganAt = performance.now()
  let since: ReadonlyMap<string, number> = new Map()
  for (;;) {
    const books = await readBooks(databases)
    const now = performance.now()
    const found = compareBooks(books, options)
    since = new Map(found.map((difference) => [nameOf(difference), since.get(nameOf(difference)) ?? now]))
    const differences = found.filter((difference) => now - (since.get(nameOf(difference)) ?? now) >= patienceMs)
    if (differences.length === found.length || now - beganAt > LIMIT * patienceMs)
      return { ...summaryOf(books), differences: [...differences, ...(await ofReadModels())] }
    await delay(lookEveryMs)
  }
}

/** The text may count on from look to look. */
const nameOf = ({ kind, about }: Difference): string => `${kind} ${about}`

const summaryOf = ({ orders, charges, checkedOut, stock }: Books): Omit<AuditReport, 'differences'> => ({
  orders: orders.length,
  ordersByStatus: Object.fromEntries(
    [...Map.groupBy(orders, ({ status }) => status)].map(([status, rows]) => [status, rows.length]),
  ),
  charged: charges.reduce((sum, { captured }) => sum + captured, 0),
  refunded: charges.reduce((sum, { refunded }) => sum + refunded, 0),
  carts: checkedOut.length,
  skus: stock.length,
})
