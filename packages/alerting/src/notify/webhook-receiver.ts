import { AlertingError } from '../errors.ts'
import type { Receiver } from './receiver.ts'
import { acceptsSeverities } from './receiver.ts'

export interface WebhookOptions {
  readonly name?: string
  readonly url: string
  readonly severities: readonly string[]
  /** Headers that prove where a message comes from. Default: none. */
  readonly sign?: (message: { readonly id: string; readonly body: Buffer }) => Readonly<Record<string, string>>
}

/** Posts Alertmanager's JSON. 2xx is taken; everything else is sent again. */
export function webhookReceiver({ name = 'webhook', url, severities, sign }: WebhookOptions): Receiver {
  return {
    name,
    accepts: acceptsSeverities(severities),
    send: async ({ id, payload }, signal) => {
      const body = Buffer.from(JSON.stringify(payload))
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': id, ...sign?.({ id, body }) },
        body,
        signal,
        redirect: 'error',
      }).catch((error: unknown) => {
        throw refused(url, signal.aborted ? 'it did not answer in time' : reasonOf(error), error)
      })
      await response.body?.cancel()
      if (!response.ok) throw refused(url, `it answered ${response.status}`)
    },
  }
}

/** Without the query and the path, in which a secret may be. */
function refused(url: string, why: string, cause?: unknown): AlertingError {
  return new AlertingError('NOTIFICATION_REFUSED', `The webhook at ${new URL(url).origin} did not take it: ${why}.`, {
    cause,
  })
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error) return cause.message || ('code' in cause ? String(cause.code) : cause.name)
  return error instanceof Error ? error.message : String(error)
}
