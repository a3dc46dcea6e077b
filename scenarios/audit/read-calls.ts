import type { Pool } from 'pg'
import { OUTSIDE as GATEWAY } from '../../services/payment-service/src/gateway-calls.ts'
import { messageIdOf } from '../../services/payment-service/src/simulated-gateway/gateway-messages.ts'
import type { AuditedDatabases } from './databases.ts'
import { reading } from './databases.ts'
import type { CallName, Ledger } from './trail-calls.ts'

/** Every call of a service that waits for an answer, whichever case it is of. */
export const readCallRows = async (pool: Pool): Promise<readonly CallName[]> => {
  const { rows } = await pool.query<CallName>('select name, key from outbound_calls order by name, key')
  return rows
}

const REQUESTS = `
  select idempotency_key as key from authorizations union all select idempotency_key from movements order by key`

/** Of those who are called and keep books of their own: the gateway does, the simulated courier computes its answers. */
export const readLedgers = (databases: AuditedDatabases): Promise<readonly Ledger[]> =>
  reading(databases.gateway, async (read) => {
    const reports = new Set((await read<{ id: string }>('select id from webhook_messages')).map(({ id }) => id))
    const requests = await read<{ key: string }>(REQUESTS)
    return [
      {
        name: GATEWAY,
        requests: new Map(requests.map(({ key }) => [key, { reported: reports.has(messageIdOf(key)) }])),
      },
    ]
  })
