import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keptSecret } from './kept-secret.ts'

/** Who is reported to by whom, and under which name a service reads the secret on which both agree. */
const SENDERS = {
  'payment-service': { variable: 'GATEWAY_WEBHOOK_SECRET', file: 'gateway-webhook-secret' },
  'delivery-service': { variable: 'COURIER_WEBHOOK_SECRET', file: 'courier-webhook-secret' },
} as const

const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`

/** What each service gets that takes signed reports; made once for a data directory and kept in it. */
export async function webhookEnvironments(
  dataDir: string,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const entries = await Promise.all(
    Object.entries(SENDERS).map(
      async ([service, { variable, file }]) =>
        [service, { [variable]: process.env[variable] ?? (await keptSecret(join(dataDir, file), newSecret)) }] as const,
    ),
  )
  return Object.fromEntries(entries)
}
