import type { Connections } from '../postgres/connections.ts'
import type { SagaReport } from '../postgres/saga-rows.ts'
import { decodeReport, listSagas, readSaga } from '../postgres/saga-rows.ts'
import type { AnySaga, SagaStateOf } from './saga.ts'
import { readInstance } from './saga-registry.ts'

/** An instance for the eyes of operators and tests. */
export interface StoredSaga<S = unknown> {
  readonly id: string
  readonly state: S
  /** Number of its changes. */
  readonly version: number
  /** ISO 8601, UTC, by the store's clock, like all times here. */
  readonly updatedAt: string
  /** null: it is active. */
  readonly endedAt: string | null
  /** In the order in which they are due. */
  readonly deadlines: readonly {
    readonly name: string
    readonly dueAt: string
    readonly payload: unknown
    /** How often it was due and failed. */
    readonly attempts: number
    readonly lastError: string | null
  }[]
}

export interface SagaQuery<S extends AnySaga> {
  readonly saga: S
  /** Default: both those that are active and those that have ended. */
  readonly active?: boolean
  /** Only instances whose id comes after this one, in the order of bytes. */
  readonly after?: string
  /** Default 100. */
  readonly limit?: number
}

export async function findSaga<S extends AnySaga>(
  connections: Connections,
  saga: S,
  id: string,
): Promise<StoredSaga<SagaStateOf<S>> | undefined> {
  const [rows = []] = await connections.read(`reading saga '${saga.name}'`, readSaga({ saga: saga.name, id }))
  return rows[0] && toStored(saga, decodeReport(rows[0]))
}

export async function findSagas<S extends AnySaga>(
  connections: Connections,
  { saga, active, after = '', limit = 100 }: SagaQuery<S>,
): Promise<readonly StoredSaga<SagaStateOf<S>>[]> {
  const statement = listSagas(saga.name, active ?? null, after, limit)
  const [rows = []] = await connections.read(`listing saga '${saga.name}'`, statement)
  return rows.map((row) => toStored(saga, decodeReport(row)))
}

function toStored<S extends AnySaga>(saga: S, report: SagaReport): StoredSaga<SagaStateOf<S>> {
  const { id, version, updatedAt, endedAt, deadlines } = report
  const { state } = readInstance(saga, report)
  return { id, state: state as SagaStateOf<S>, version, updatedAt, endedAt, deadlines }
}
