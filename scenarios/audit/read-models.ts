import type { AnyAggregate, InlineProjection } from '@stocker/cqrs'
import { createEventStore, rebuildProjection } from '@stocker/cqrs'
import pg from 'pg'
import { model as cart } from '../../services/cart-service/src/model.ts'
import { model as dispatch } from '../../services/dispatch-service/src/model.ts'
import { model as order } from '../../services/order-service/src/model.ts'
import type { AuditedDatabases, Bookkeeper } from './databases.ts'
import type { Difference } from './difference.ts'

interface ReadModels {
  readonly aggregates: readonly AnyAggregate[]
  readonly projections: readonly InlineProjection[]
}

const READ_MODELS: Partial<Readonly<Record<Bookkeeper, ReadModels>>> = { cart, order, dispatch }

/**
 * Builds every read model anew from its events, beside the live one, and compares them row by row. Unlike the rest of the audit it needs to write, and
 * for a moment lets the services wait.
 */
export const readModelDifferences = async (databases: AuditedDatabases): Promise<readonly Difference[]> => {
  const found: Difference[] = []
  for (const [service, models] of Object.entries(READ_MODELS)) {
    const pool = new pg.Pool({ connectionString: databases[service as Bookkeeper], max: 1 })
    const store = createEventStore({ pool, aggregates: models.aggregates })
    try {
      for (const projection of models.projections) found.push(...(await compare(store, projection)))
    } finally {
      await store.close()
      await pool.end()
    }
  }
  return found
}

const compare = async (
  store: ReturnType<typeof createEventStore>,
  projection: InlineProjection,
): Promise<readonly Difference[]> => {
  const { tables } = await rebuildProjection(store, projection, { mode: 'compare' })
  return tables.flatMap(({ table, differences }) =>
    differences.map(({ key, live, rebuilt }) => ({
      kind: 'READ_MODEL',
      about: `${table} ${JSON.stringify(key)}`,
      text: `the row is ${JSON.stringify(live)}, by its events it would be ${JSON.stringify(rebuilt)}`,
    })),
  )
}
