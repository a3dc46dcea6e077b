import type { Kysely } from 'kysely'

export interface DispatchTables {
  readonly stock: {
    readonly sku: string
    readonly on_hand: string
    readonly reserved: string
    readonly version: number
  }
}

export interface StockLevel {
  readonly sku: string
  readonly onHand: number
  readonly reserved: number
  readonly available: number
}

export class StockQueries {
  readonly #database: Kysely<DispatchTables>

  constructor(database: Kysely<DispatchTables>) {
    this.#database = database
  }

  async find(sku: string): Promise<StockLevel | undefined> {
    const row = await this.#database.selectFrom('stock').selectAll().where('sku', '=', sku).executeTakeFirst()
    return row === undefined ? undefined : levelOf(row)
  }

  async all(): Promise<readonly StockLevel[]> {
    return (await this.#database.selectFrom('stock').selectAll().orderBy('sku').execute()).map(levelOf)
  }
}

const levelOf = (row: DispatchTables['stock']): StockLevel => {
  const onHand = Number(row.on_hand)
  const reserved = Number(row.reserved)
  return { sku: row.sku, onHand, reserved, available: onHand - reserved }
}
