import type { Books, MovedRow, Pieces } from './books.ts'
import type { Difference } from './difference.ts'
import { findings } from './difference.ts'
import type { OrderFile } from './order-file.ts'

type Movements = Omit<MovedRow, 'orderId' | 'sku'>

const NOTHING: Movements = { reserved: 0, sold: 0, released: 0, returned: 0 }

/** Where the pieces of an order are at its end; null: on their way. */
const movementsOf = (status: string, pieces: number, actual: Movements): Movements | null => {
  switch (status) {
    case 'DELIVERED':
    case 'LOST':
      return { reserved: pieces, sold: pieces, released: 0, returned: 0 }
    case 'RETURNED':
      return { reserved: pieces, sold: pieces, released: 0, returned: pieces }
    case 'CANCELLED':
      return cancelled(pieces, actual)
    default:
      return null
  }
}

/** Never reserved, released, or called back after they had left. */
const cancelled = (pieces: number, { reserved, sold }: Movements): Movements => {
  if (reserved === 0) return NOTHING
  return sold === 0
    ? { reserved: pieces, sold: 0, released: pieces, returned: 0 }
    : { reserved: pieces, sold: pieces, released: 0, returned: pieces }
}

/** The pieces that were moved for an order against those that its state says. */
export const stockOfOrder = ({ orderId, order, created, moved }: OrderFile): readonly Difference[] => {
  const { expect, found } = findings(`order ${orderId}`)
  if (order === undefined) return found
  const ordered = piecesOf(created[0]?.lines ?? [])
  const bySku = new Map(moved.map((row) => [row.sku, row]))
  for (const sku of new Set([...ordered.keys(), ...bySku.keys()])) {
    const actual = bySku.get(sku) ?? NOTHING
    const expected = movementsOf(order.status, ordered.get(sku) ?? 0, actual)
    if (expected === null) continue
    for (const movement of ['reserved', 'sold', 'released', 'returned'] as const)
      expect('STOCK_OF_ORDER', `${sku} ${movement} for the ${order.status} order`, actual[movement], expected[movement])
  }
  return found
}

/** An order may name a product in two lines. */
const piecesOf = (lines: readonly Pieces[]): ReadonlyMap<string, number> => {
  const pieces = new Map<string, number>()
  for (const { sku, quantity } of lines) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity)
  return pieces
}

/** What is on hand and reserved of each product against the sum of all its movements. */
export const stockOfSkus = ({ stock, moved }: Pick<Books, 'stock' | 'moved'>): readonly Difference[] => {
  const sums = new Map<string, Movements>()
  for (const row of moved) {
    const sum = sums.get(row.sku) ?? NOTHING
    sums.set(row.sku, {
      reserved: sum.reserved + row.reserved,
      sold: sum.sold + row.sold,
      released: sum.released + row.released,
      returned: sum.returned + row.returned,
    })
  }
  return stock.flatMap(({ sku, onHand, reserved, adjusted }) => {
    const { expect, report, found } = findings(`sku ${sku}`)
    const sum = sums.get(sku) ?? NOTHING
    expect('STOCK_OF_SKU', 'on hand', onHand, adjusted - sum.sold + sum.returned)
    expect('STOCK_OF_SKU', 'reserved', reserved, sum.reserved - sum.sold - sum.released)
    if (reserved < 0 || onHand < reserved)
      report('STOCK_OF_SKU', `${reserved} are reserved of ${onHand} that are on hand`)
    return found
  })
}
