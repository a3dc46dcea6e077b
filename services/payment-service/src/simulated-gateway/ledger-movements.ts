import type { OutgoingWebhook } from '@stocker/service-kit'
import { addWebhooks, inTransaction } from '@stocker/service-kit'
import type { Pool, PoolClient } from 'pg'
import type { MovementAnswer, Refusal } from '../gateway.ts'
import type { Hold, KindedRequest, LedgerKind } from './movement-rules.ts'
import { settle } from './movement-rules.ts'

/** A request of the ledger and the answer that it has got, for ever. */
export interface MovementEntry {
  readonly request: KindedRequest
  readonly answer: MovementAnswer
}

/** A request and the number of its movement, if it comes to one. */
export interface NumberedRequest {
  readonly request: KindedRequest
  readonly movementId: string
}

interface HoldRow {
  readonly authorization_id: string
  readonly order_id: string
  readonly token: string
  readonly currency: string
  readonly amount: string
  readonly captured: string
  readonly refunded: string
  readonly voided: boolean
  readonly refused_refunds: number
}

interface MovementRow {
  readonly idempotency_key: string
  readonly kind: LedgerKind
  readonly order_id: string
  readonly authorization_id: string
  readonly amount: string
  readonly currency: string
  readonly movement_id: string | null
  readonly refusal: Refusal | null
  readonly refusal_message: string | null
}

/** In one order for all, so that two gateways on one ledger never wait for each other in a circle. */
const LOCK_HOLDS = `
  select authorization_id, order_id, token, currency, amount, captured, refunded, voided, refused_refunds
  from authorizations where authorization_id = any($1::text[]) order by authorization_id for update`

const FIND_ENTRIES = `
  select idempotency_key, kind, order_id, authorization_id, amount, currency, movement_id, refusal, refusal_message
  from movements where idempotency_key = any($1::text[])`

const WRITE = `
  with recorded as (
    insert into movements
      (idempotency_key, kind, order_id, authorization_id, amount, currency, movement_id, refusal, refusal_message)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])
  )
  update authorizations a
  set captured = hold.captured, refunded = hold.refunded, voided = hold.voided, refused_refunds = hold.refused_refunds
  from unnest($10::text[], $11::bigint[], $12::bigint[], $13::boolean[], $14::int[])
    as hold (authorization_id, captured, refunded, voided, refused_refunds)
  where a.authorization_id = hold.authorization_id`

/**
 * Settles requests of distinct keys, in their order, in one transaction. The answer has an entry for each key: the one that the
 * ledger held before, or the new one. What is to be reported of the new ones is stored with them.
 */
export const recordMovements = (
  pool: Pool,
  requests: readonly NumberedRequest[],
  messageOf: (entry: MovementEntry) => OutgoingWebhook | undefined,
): Promise<ReadonlyMap<string, MovementEntry>> =>
  inTransaction(pool, async (client) => {
    const { entries, fresh } = await settleAll(client, requests)
    const messages = fresh.map(messageOf).filter((message) => message !== undefined)
    if (messages.length > 0) await client.query(addWebhooks(messages))
    return entries
  })

const settleAll = async (client: PoolClient, requests: readonly NumberedRequest[]) => {
  const holds = await lockHolds(client, requests)
  // After the locks: what another gateway did to these authorisations is visible now.
  const entries = await findEntries(client, requests)
  const fresh: MovementEntry[] = []
  const changed = new Map<string, Hold>()
  for (const { request, movementId } of requests) {
    if (entries.has(request.idempotencyKey)) continue
    const { answer, hold } = settle(holds.get(request.authorizationId), request, movementId)
    if (hold !== undefined) {
      holds.set(hold.authorizationId, hold)
      changed.set(hold.authorizationId, hold)
    }
    fresh.push({ request, answer })
    entries.set(request.idempotencyKey, { request, answer })
  }
  if (fresh.length > 0) {
    const values = [...entryColumns(fresh), ...holdColumns([...changed.values()])]
    await client.query({ name: 'movements-write', text: WRITE, values })
  }
  return { entries, fresh }
}

const lockHolds = async (client: PoolClient, requests: readonly NumberedRequest[]): Promise<Map<string, Hold>> => {
  const ids = requests.map(({ request }) => request.authorizationId)
  const { rows } = await client.query<HoldRow>({ name: 'holds-lock', text: LOCK_HOLDS, values: [ids] })
  return new Map(rows.map((row) => [row.authorization_id, holdOf(row)]))
}

const findEntries = async (client: PoolClient, requests: readonly NumberedRequest[]) => {
  const keys = requests.map(({ request }) => request.idempotencyKey)
  const { rows } = await client.query<MovementRow>({ name: 'movements-find', text: FIND_ENTRIES, values: [keys] })
  return new Map(rows.map((row) => [row.idempotency_key, entryOf(row)]))
}

const holdOf = (row: HoldRow): Hold => ({
  authorizationId: row.authorization_id,
  orderId: row.order_id,
  token: row.token,
  currency: row.currency,
  authorized: Number(row.amount),
  captured: Number(row.captured),
  refunded: Number(row.refunded),
  voided: row.voided,
  refusedRefunds: row.refused_refunds,
})

const entryOf = (row: MovementRow): MovementEntry => ({
  request: {
    idempotencyKey: row.idempotency_key,
    kind: row.kind,
    orderId: row.order_id,
    authorizationId: row.authorization_id,
    amount: { amount: Number(row.amount), currency: row.currency },
  },
  answer:
    row.refusal === null
      ? { outcome: 'done', movementId: row.movement_id ?? '' }
      : { outcome: 'refused', reason: row.refusal, message: row.refusal_message ?? '' },
})

const entryColumns = (entries: readonly MovementEntry[]) => {
  const done = entries.map(({ answer }) => (answer.outcome === 'done' ? answer : null))
  const refused = entries.map(({ answer }) => (answer.outcome === 'refused' ? answer : null))
  return [
    entries.map(({ request }) => request.idempotencyKey),
    entries.map(({ request }) => request.kind),
    entries.map(({ request }) => request.orderId),
    entries.map(({ request }) => request.authorizationId),
    entries.map(({ request }) => request.amount.amount),
    entries.map(({ request }) => request.amount.currency),
    done.map((answer) => answer?.movementId ?? null),
    refused.map((answer) => answer?.reason ?? null),
    refused.map((answer) => answer?.message ?? null),
  ]
}

const holdColumns = (holds: readonly Hold[]) => [
  holds.map(({ authorizationId }) => authorizationId),
  holds.map(({ captured }) => captured),
  holds.map(({ refunded }) => refunded),
  holds.map(({ voided }) => voided),
  holds.map(({ refusedRefunds }) => refusedRefunds),
]
