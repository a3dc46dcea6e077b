import { createHmac, timingSafeEqual } from 'node:crypto'

/** Headers of a signed webhook: https://www.standardwebhooks.com */
export const WEBHOOK_ID_HEADER = 'webhook-id'
export const WEBHOOK_TIMESTAMP_HEADER = 'webhook-timestamp'
export const WEBHOOK_SIGNATURE_HEADER = 'webhook-signature'

/** `whsec_` and 24 to 64 random bytes in base64. */
export const WEBHOOK_SECRET = /^whsec_([A-Za-z0-9+/]{32,86}={0,2})$/

export interface WebhookMessage {
  /** The same for every repetition of this message. */
  readonly id: string
  /** Of this attempt to send it. Seconds since 1970. */
  readonly timestamp: number
  /** As it goes over the wire. */
  readonly body: Buffer
}

/** The value of the header webhook-signature. `secret`: `whsec_…` */
export function webhookSignature(secret: string, { id, timestamp, body }: WebhookMessage): string {
  const [, key = ''] = WEBHOOK_SECRET.exec(secret) ?? []
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${id}.${timestamp}.`).update(body)
  return `v1,${signature.digest('base64')}`
}

export interface WebhookRules {
  /** `whsec_…`; several while one takes the place of another. */
  readonly secrets: readonly string[]
  /** How far the sender's clock may be from this one, in either direction. Milliseconds. */
  readonly toleranceMs: number
}

export interface SignedRequest {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/**
 * Why a message is not believed; no `fault`: it is signed as agreed, its id with it. A copy is refused once it is old; a fresh one has the id of the
 * message, by which the receiver knows it again.
 */
export function verifyWebhook(
  { headers, body }: SignedRequest,
  { secrets, toleranceMs }: WebhookRules,
  now: Date,
): { readonly fault?: string } {
  const id = headers[WEBHOOK_ID_HEADER]
  const time = headers[WEBHOOK_TIMESTAMP_HEADER]
  const given = headers[WEBHOOK_SIGNATURE_HEADER]
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(id))
    return { fault: `the header ${WEBHOOK_ID_HEADER} must name the message, by up to 100 printable characters` }
  if (typeof time !== 'string' || !/^\d{1,12}$/.test(time))
    return { fault: `the header ${WEBHOOK_TIMESTAMP_HEADER} must be the time of signing, in seconds since 1970` }
  if (typeof given !== 'string') return { fault: `the header ${WEBHOOK_SIGNATURE_HEADER} is missing` }
  const message = { id, timestamp: Number(time), body }
  const expected = secrets.map((secret) => webhookSignature(secret, message))
  // A sender that changes its secret signs with both for a while.
  const signatures = given.split(' ')
  if (!signatures.some((signature) => expected.some((right) => isSame(signature, right))))
    return { fault: 'no signature is that of this id, time and body with the shared secret' }
  if (Math.abs(now.getTime() - message.timestamp * 1_000) > toleranceMs)
    return { fault: `it was signed more than ${toleranceMs / 1_000} s away from now` }
  return {}
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
