import { createTransport } from 'nodemailer'
import { AlertingError } from '../errors.ts'
import { emailText } from './email-text.ts'
import type { Receiver } from './receiver.ts'
import { acceptsSeverities } from './receiver.ts'

export interface EmailOptions {
  readonly name?: string
  /** `smtp://user:password@host:587`, `smtps://…` for TLS from the start. */
  readonly smtpUrl: string
  readonly from: string
  readonly to: readonly string[]
  readonly severities: readonly string[]
  /** How long the server may take for one step. Milliseconds, default 10,000. */
  readonly timeoutMs?: number
}

/** One mail for each notification; a repetition has the same Message-ID, by which mail programs know it again. */
export function emailReceiver({
  name = 'email',
  smtpUrl,
  from,
  to,
  severities,
  timeoutMs = 10_000,
}: EmailOptions): Receiver {
  const { hostname } = new URL(smtpUrl)
  return {
    name,
    accepts: acceptsSeverities(severities),
    send: async ({ id, payload }) => {
      const transport = createTransport({
        url: smtpUrl,
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
      })
      try {
        const { subject, text } = emailText(payload)
        await transport.sendMail({ from, to: [...to], subject, text, messageId: `<${id}@${hostname}>` })
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        throw new AlertingError('NOTIFICATION_REFUSED', `The mail server ${hostname} did not take it: ${why}`, {
          cause: error,
        })
      } finally {
        transport.close()
      }
    },
  }
}
