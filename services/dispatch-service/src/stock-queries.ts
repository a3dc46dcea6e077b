import type { EventStore } from '@stocker/cqrs'
import { streamName } from '@stocker/cqrs'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Stock, StockLevel } from './stock.ts'
import { availableOf, levelOf, STOCK_LEVELS, stock } from './stock.ts'
import type { StockMovement } from './stock-movements.ts'
import { movementsOf } from './stock-movements.ts'

export interface DispatchTables {
  readonly stock: {
    readonly sku: string
    readonly on_hand: string
    readonly reserved: string
    readonly stocked: string
    readonly sold: string
    readonly returned: string
    readonly threshold: string | null
    readonly version: number
  }
}

/** Pieces of one SKU. */
export interface StockOverview {
  readonly sku: string
  readonly onHand: number
  readonly reserved: number
  readonly available: number
  readonly stocked: number
  readonly sold: number
  readonly returned: number
  readonly threshold: number
  readonly level: StockLevel
}

export interface MovementPage {
  readonly movements: readonly StockMovement[]
  /** Pass it as `before` for the next page; absent on the last one. */
  readonly next?: number
}

/** `levelOf`, as the database says it. */
const LEVEL = sql<StockLevel>`case when on_hand <= reserved then 'OUT' when on_hand - reserved <= coalesce(threshold, 0) then 'LOW' else 'OK' end`

export class StockQueries {
  readonly #database: Kysely<DispatchTables>
  readonly #store: EventStore

  constructor(database: Kysely<DispatchTables>, store: EventStore) {
    this.#database = database
    this.#store = store
  }

  async find(sku: string): Promise<StockOverview | undefined> {
    const row = await this.#database.selectFrom('stock').selectAll().where('sku', '=', sku).executeTakeFirst()
    return row === undefined ? undefined : overviewOfRow(row)
  }

  /** By SKU. `level`: only those of that level. */
  async all(level?: StockLevel): Promise<readonly StockOverview[]> {
    let query = this.#database.selectFrom('stock').selectAll()
    if (level !== undefined) query = query.where(LEVEL, '=', level)
    return (await query.orderBy('sku').execute()).map(overviewOfRow)
  }

  /** How many SKUs have each level. */
  async levels(): Promise<Readonly<Record<StockLevel, number>>> {
    const rows = await this.#database
      .selectFrom('stock')
      .select([LEVEL.as('level'), (count) => count.fn.countAll<string>().as('skus')])
      .groupBy(LEVEL)
      .execute()
    const counted = new Map(rows.map(({ level, skus }) => [level, Number(skus)]))
    return Object.fromEntries(STOCK_LEVELS.map((level) => [level, counted.get(level) ?? 0])) as Record<
      StockLevel,
      number
    >
  }

  /** Newest first, `limit` at most, those before the movement with the number `before`. undefined: no such SKU. */
  async movements(
    sku: string,
    { before, limit }: { readonly before?: number; readonly limit: number },
  ): Promise<MovementPage | undefined> {
    const row = await this.#database.selectFrom('stock').select('version').where('sku', '=', sku).executeTakeFirst()
    if (row === undefined) return undefined
    const to = Math.min(row.version, (before ?? Number.POSITIVE_INFINITY) - 1)
    const from = Math.max(1, to - limit + 1)
    const events = to < from ? [] : await this.#store.readStream(streamName(stock, sku), { from, to })
    return { movements: movementsOf(events).reverse(), ...(from > 1 && to >= from && { next: from }) }
  }
}

export const overviewOf = (sku: string, state: Stock): StockOverview => {
  const { onHand, reserved, stocked, sold, returned, threshold } = state
  return {
    sku,
    onHand,
    reserved,
    available: availableOf(state),
    stocked,
    sold,
    returned,
    threshold: threshold ?? 0,
    level: levelOf(state),
  }
}

const overviewOfRow = ({
  sku,
  on_hand: onHand,
  reserved,
  stocked,
  sold,
  returned,
  threshold,
}: DispatchTables['stock']) =>
  overviewOf(sku, {
    opened: true,
    onHand: Number(onHand),
    reserved: Number(reserved),
    stocked: Number(stocked),
    sold: Number(sold),
    returned: Number(returned),
    threshold: threshold === null ? null : Number(threshold),
  })
