import type { HandledMessage, OpenCall, StoredEvent } from '@stocker/cqrs'
import { readEvents, readHandlings } from '@stocker/cqrs'
import pg from 'pg'
import { model as cart } from '../../services/cart-service/src/model.ts'
import { model as delivery } from '../../services/delivery-service/src/model.ts'
import { model as dispatch } from '../../services/dispatch-service/src/model.ts'
import { model as order } from '../../services/order-service/src/model.ts'
import { model as payment } from '../../services/payment-service/src/model.ts'
import type { PlacedEvent } from '../event-log.ts'
import type { AuditedDatabases } from './databases.ts'
import { readCallRows, readLedgers } from './read-calls.ts'
import type { TableRows } from './trail-effects.ts'
import type { StoreTrails } from './trails.ts'

const MODELS = { cart, order, payment, dispatch, delivery }
type Store = keyof typeof MODELS
const STORES = Object.keys(MODELS) as readonly Store[]

/** Cases that are read together: a page of the console reads one. */
const TOGETHER = 50

/** The trails of all cases that the records belong to, read as the console reads them: the events of all stores first, then who handled them. */
export const readTrails = async (
  databases: AuditedDatabases,
  records: readonly PlacedEvent[],
): Promise<readonly StoreTrails[]> => {
  const pools = new Map(STORES.map((name) => [name, new pg.Pool({ connectionString: databases[name], max: 1 })]))
  const poolOf = (name: Store) => pools.get(name) as pg.Pool
  const events = new Map<Store, StoredEvent[]>(STORES.map((name) => [name, []]))
  const handled = new Map<Store, Map<string, HandledMessage>>(STORES.map((name) => [name, new Map()]))
  const open = new Map<Store, OpenCall[]>(STORES.map((name) => [name, []]))
  const cases = [...new Set(records.map(({ correlationId }) => correlationId))]
  const idsByCase = Map.groupBy(records, ({ correlationId }) => correlationId)
  try {
    for (let at = 0; at < cases.length; at += TOGETHER) {
      const correlationIds = cases.slice(at, at + TOGETHER)
      const found = await Promise.all(STORES.map((name) => readEvents(poolOf(name), { correlationIds })))
      const messageIds = [
        ...found.flat().map(({ id }) => id),
        ...correlationIds.flatMap((id) => (idsByCase.get(id) ?? []).map(({ eventId }) => eventId)),
      ]
      await Promise.all(
        STORES.map(async (name, n) => {
          events.get(name)?.push(...(found[n] ?? []))
          const { handled: messages, outboundCalls } = await readHandlings(poolOf(name), { correlationIds, messageIds })
          for (const message of messages) handled.get(name)?.set(`${message.messageId} ${message.consumer}`, message)
          open.get(name)?.push(...outboundCalls)
        }),
      )
    }
    return await Promise.all(
      STORES.map(async (name) => ({
        ...MODELS[name],
        events: events.get(name) ?? [],
        handled: [...(handled.get(name)?.values() ?? [])],
        handledCount: await countHandled(poolOf(name)),
        tables: await readTables(name, poolOf(name)),
        openCalls: open.get(name) ?? [],
        callRows: await readCallRows(poolOf(name)),
        ledgers: name === 'payment' ? await readLedgers(databases) : [],
      })),
    )
  } finally {
    await Promise.all([...pools.values()].map((pool) => pool.end()))
  }
}

const countHandled = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from inbox')
  return rows[0]?.n ?? 0
}

/** Tables with one row for each thing; those that are summed up have no row to compare. */
const readTables = (name: Store, pool: pg.Pool): Promise<readonly TableRows[]> =>
  Promise.all(
    MODELS[name].projections
      .flatMap(({ tables = [] }) => tables)
      .filter((table) => typeof table === 'string')
      .map(async (table) => {
        const { rows } = await pool.query<{ row: TableRows['rows'][number] }>(
          `select to_jsonb(t) as row from ${pg.escapeIdentifier(table)} t`,
        )
        return { table, rows: rows.map(({ row }) => row) }
      }),
  )
