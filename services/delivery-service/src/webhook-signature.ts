import { createHmac, timingSafeEqual } from 'node:crypto'

/** Unix time in seconds at which the request was signed. */
export const TIMESTAMP_HEADER = 'x-courier-timestamp'
/** `sha256=` and, in hex, the HMAC-SHA256 of `<timestamp>.<body>` with the shared secret. */
export const SIGNATURE_HEADER = 'x-courier-signature'

/** Of a request with this body, as it goes over the wire. */
export const signatureOf = (secret: string, timestamp: string, body: Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`

export interface SignedRequest {
  readonly timestamp: unknown
  readonly signature: unknown
  readonly body: Buffer
}

export interface SignatureRules {
  readonly secret: string
  /** How far the sender's clock may be from this one, in either direction. Milliseconds. */
  readonly toleranceMs: number
}

/** Why a request is not believed, or null. A copy of a request is refused as too old, once its time is over. */
export const signatureFault = (
  { timestamp, signature, body }: SignedRequest,
  { secret, toleranceMs }: SignatureRules,
  now: Date,
): string | null => {
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp))
    return `the header ${TIMESTAMP_HEADER} must be the time of signing, in seconds since 1970`
  if (typeof signature !== 'string') return `the header ${SIGNATURE_HEADER} is missing`
  const expected = Buffer.from(signatureOf(secret, timestamp, body))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return 'the signature is not that of this body and time with the shared secret'
  return Math.abs(now.getTime() - Number(timestamp) * 1000) > toleranceMs
    ? `it was signed more than ${toleranceMs / 1000} s away from now`
    : null
}
