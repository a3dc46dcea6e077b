import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { kitProblem } from './problem.ts'

export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key'

const USABLE_KEY = /^[\x21-\x7e]{1,200}$/

/** What a command bus needs to recognise a repeated request. */
export interface Idempotency {
  /** The caller's Idempotency-Key. */
  readonly key: string
  /** Same request, same fingerprint: SHA-256 of method, path and body, independent of the order of the body's properties. */
  readonly fingerprint: string
}

/**
 * To be spread like {@link traceOf}: `{ idempotency }` where the request carries an Idempotency-Key, otherwise `{}`.
 * Throws INVALID_IDEMPOTENCY_KEY (400) for an empty, too long or unprintable one.
 */
export function idempotencyOf(request: FastifyRequest): { readonly idempotency?: Idempotency } {
  const key = request.headers[IDEMPOTENCY_KEY_HEADER]
  if (key === undefined) return {}
  if (typeof key !== 'string' || !USABLE_KEY.test(key)) {
    throw kitProblem('INVALID_IDEMPOTENCY_KEY', 'The Idempotency-Key must have 1 to 200 printable ASCII characters.')
  }
  const path = request.url.split('?', 1)[0]
  const fingerprint = createHash('sha256')
    .update(`${request.method} ${path}\n${canonicalJson(request.body)}`)
    .digest('base64url')
  return { idempotency: { key, fingerprint } }
}

/** JSON with the properties of every object in the order of their names. */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  )
}
