import type { Receiver } from '@stocker/alerting'
import { emailReceiver, webhookReceiver } from '@stocker/alerting'
import {
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
  webhookSignature,
} from '@stocker/service-kit'
import type { AlertsConfig } from './alert-settings.ts'

/** Who is told of alerts; nobody as long as nothing is configured. */
export function alertReceivers({ webhook, email }: AlertsConfig): readonly Receiver[] {
  return [
    ...(webhook
      ? [webhookReceiver({ ...webhook, ...(webhook.secret !== undefined && { sign: signWith(webhook.secret) }) })]
      : []),
    ...(email ? [emailReceiver(email)] : []),
  ]
}

const signWith = (secret: string) => (message: { readonly id: string; readonly body: Buffer }) => {
  const timestamp = Math.floor(Date.now() / 1_000)
  return {
    [WEBHOOK_ID_HEADER]: message.id,
    [WEBHOOK_TIMESTAMP_HEADER]: String(timestamp),
    [WEBHOOK_SIGNATURE_HEADER]: webhookSignature(secret, { ...message, timestamp }),
  }
}
