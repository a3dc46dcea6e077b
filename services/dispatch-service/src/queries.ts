import type { Kysely } from 'kysely'
import type { DispatchLine, DispatchStatus } from './dispatch.ts'

export interface DispatchTables {
  readonly stock: { readonly sku: string; readonly on_hand: string; readonly reserved: string; readonly version: number }
  readonly dispatches: {
    readonly order_id: string
    readonly status: DispatchStatus
    readonly lines: readonly DispatchLine[]
    readonly dispatched_at: Date | null
    readonly version: number
  }
}

export interface StockLevel {
  readonly sku: string
  readonly onHand: number
  readonly reserved: number
  readonly available: number
}

export interface DispatchView {
  readonly orderId: string
  readonly status: DispatchStatus
  readonly lines: readonly DispatchLine[]
  readonly dispatchedAt?: string
}

export class DispatchQueries {
  readonly #database: Kysely<DispatchTables>

  constructor(database: Kysely<DispatchTables>) {
    this.#database = database
  }

  async stock(sku: string): Promise<StockLevel | undefined> {
    const row = await this.#database.selectFrom('stock').selectAll().where('sku', '=', sku).executeTakeFirst()
    return row === undefined ? undefined : levelOf(row)
  }

  async allStock(): Promise<readonly StockLevel[]> {
    return (await this.#database.selectFrom('stock').selectAll().orderBy('sku').execute()).map(levelOf)
  }

  async dispatch(orderId: string): Promise<DispatchView | undefined> {
    const row = await this.#database
      .selectFrom('dispatches')
      .selectAll()
      .where('order_id', '=', orderId)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const { status, lines, dispatched_at: at } = row
    return { orderId, status, lines, ...(at === null ? {} : { dispatchedAt: at.toISOString() }) }
  }
}

const levelOf = (row: DispatchTables['stock']): StockLevel => {
  const onHand = Number(row.on_hand)
  const reserved = Number(row.reserved)
  return { sku: row.sku, onHand, reserved, available: onHand - reserved }
}
