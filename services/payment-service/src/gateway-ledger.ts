import type { Pool } from 'pg'
import type { AuthorizationAnswer, AuthorizationRequest, DeclineReason } from './gateway.ts'

/** The tables of the simulated gateway, in its own database. */
export const ledgerMigrations = [
  {
    name: '001-ledger',
    up: `
      create table authorizations (
        idempotency_key text collate "C" primary key,
        order_id text not null,
        amount bigint not null,
        currency text not null,
        token text not null,
        authorization_id text,
        decline_reason text,
        decline_message text,
        recorded_at timestamptz not null default now(),
        check ((authorization_id is null) <> (decline_reason is null))
      );`,
  },
] as const

export interface LedgerEntry {
  readonly request: AuthorizationRequest
  readonly answer: AuthorizationAnswer
}

interface LedgerRow {
  readonly idempotency_key: string
  readonly order_id: string
  readonly amount: string
  readonly currency: string
  readonly token: string
  readonly authorization_id: string | null
  readonly decline_reason: DeclineReason | null
  readonly decline_message: string | null
}

const INSERT = `
  insert into authorizations
    (idempotency_key, order_id, amount, currency, token, authorization_id, decline_reason, decline_message)
  select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  on conflict (idempotency_key) do nothing
  returning idempotency_key`

const SELECT = `
  select idempotency_key, order_id, amount, currency, token, authorization_id, decline_reason, decline_message
  from authorizations where idempotency_key = any($1::text[])`

/**
 * Writes entries of distinct keys, as one statement. The answer has, for each key that was there before, the entry that the
 * ledger holds; the others are new.
 */
export const recordEntries = async (
  pool: Pool,
  entries: readonly LedgerEntry[],
): Promise<ReadonlyMap<string, LedgerEntry>> => {
  // Sorted, so that two gateways on one ledger never wait for each other's keys in a circle.
  const sorted = entries.toSorted((a, b) => (a.request.idempotencyKey < b.request.idempotencyKey ? -1 : 1))
  const { rows: inserted } = await pool.query<{ idempotency_key: string }>({
    name: 'ledger-insert',
    text: INSERT,
    values: columnsOf(sorted),
  })
  if (inserted.length === sorted.length) return new Map()
  const fresh = new Set(inserted.map((row) => row.idempotency_key))
  const known = sorted.map(({ request }) => request.idempotencyKey).filter((key) => !fresh.has(key))
  const { rows } = await pool.query<LedgerRow>({ name: 'ledger-select', text: SELECT, values: [known] })
  return new Map(rows.map((row) => [row.idempotency_key, entryOf(row)]))
}

const columnsOf = (entries: readonly LedgerEntry[]) => {
  const authorizations = entries.map(({ answer }) => (answer.outcome === 'authorized' ? answer : null))
  const declines = entries.map(({ answer }) => (answer.outcome === 'declined' ? answer : null))
  return [
    entries.map(({ request }) => request.idempotencyKey),
    entries.map(({ request }) => request.orderId),
    entries.map(({ request }) => request.amount.amount),
    entries.map(({ request }) => request.amount.currency),
    entries.map(({ request }) => request.token),
    authorizations.map((answer) => answer?.authorizationId ?? null),
    declines.map((answer) => answer?.reason ?? null),
    declines.map((answer) => answer?.message ?? null),
  ]
}

const entryOf = (row: LedgerRow): LedgerEntry => ({
  request: {
    idempotencyKey: row.idempotency_key,
    orderId: row.order_id,
    amount: { amount: Number(row.amount), currency: row.currency },
    token: row.token,
  },
  answer:
    row.authorization_id === null
      ? { outcome: 'declined', reason: row.decline_reason ?? 'DECLINED', message: row.decline_message ?? '' }
      : { outcome: 'authorized', authorizationId: row.authorization_id },
})

/** What the gateway did for one order. More than one authorisation is a customer who was charged twice. */
export interface OrderCharges {
  readonly orderId: string
  readonly authorizations: number
  readonly declines: number
  /** Sum of the authorised amounts in minor units. */
  readonly amount: number
  readonly currency: string
}

/** The whole ledger, one entry per order and currency, from the gateway's own database: for audits and tests. */
export const gatewayLedger = async (pool: Pool): Promise<readonly OrderCharges[]> => {
  const { rows } = await pool.query<{
    order_id: string
    currency: string
    authorizations: string
    declines: string
    amount: string
  }>(`
    select order_id, currency, count(authorization_id) as authorizations, count(decline_reason) as declines,
           coalesce(sum(amount) filter (where authorization_id is not null), 0) as amount
    from authorizations group by order_id, currency order by order_id`)
  return rows.map((row) => ({
    orderId: row.order_id,
    authorizations: Number(row.authorizations),
    declines: Number(row.declines),
    amount: Number(row.amount),
    currency: row.currency,
  }))
}
