import type { OutgoingWebhook } from '@stocker/service-kit'
import { addWebhooks, inTransaction } from '@stocker/service-kit'
import type { Pool, PoolClient } from 'pg'
import type { AuthorizationAnswer, AuthorizationRequest, DeclineReason } from '../gateway.ts'

export interface AuthorizationEntry {
  readonly request: AuthorizationRequest
  readonly answer: AuthorizationAnswer
}

interface AuthorizationRow {
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

const FIND = `
  select idempotency_key, order_id, amount, currency, token, authorization_id, decline_reason, decline_message
  from authorizations where idempotency_key = any($1::text[])`

/**
 * Writes entries of distinct keys: as one statement, or with what is to be reported of the new ones in one transaction. The answer has, for each key
 * that was there before, the entry that the ledger holds; the others are new.
 */
export const recordAuthorizations = async (
  pool: Pool,
  entries: readonly AuthorizationEntry[],
  messageOf: (entry: AuthorizationEntry) => OutgoingWebhook | undefined,
): Promise<ReadonlyMap<string, AuthorizationEntry>> => {
  // Sorted, so that two gateways on one ledger never wait for each other's keys in a circle.
  const sorted = entries.toSorted((a, b) => (a.request.idempotencyKey < b.request.idempotencyKey ? -1 : 1))
  const messages = new Map(sorted.map((entry) => [entry.request.idempotencyKey, messageOf(entry)]))
  const fresh = [...messages.values()].every((message) => message === undefined)
    ? await insert(pool, sorted)
    : await inTransaction(pool, async (client) => {
        const inserted = await insert(client, sorted)
        const news = [...inserted].map((key) => messages.get(key)).filter((message) => message !== undefined)
        if (news.length > 0) await client.query(addWebhooks(news))
        return inserted
      })
  if (fresh.size === sorted.length) return new Map()
  const known = sorted.map(({ request }) => request.idempotencyKey).filter((key) => !fresh.has(key))
  const { rows } = await pool.query<AuthorizationRow>({ name: 'authorizations-find', text: FIND, values: [known] })
  return new Map(rows.map((row) => [row.idempotency_key, entryOf(row)]))
}

/** Answers the keys that were not there before. */
const insert = async (on: Pool | PoolClient, entries: readonly AuthorizationEntry[]): Promise<ReadonlySet<string>> => {
  const values = columnsOf(entries)
  const { rows } = await on.query<{ idempotency_key: string }>({ name: 'authorizations-insert', text: INSERT, values })
  return new Set(rows.map((row) => row.idempotency_key))
}

const columnsOf = (entries: readonly AuthorizationEntry[]) => {
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

const entryOf = (row: AuthorizationRow): AuthorizationEntry => ({
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
