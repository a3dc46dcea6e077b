import type { FastifyRequest } from 'fastify'
import { kitProblem } from './problem.ts'

const VERSION_TAG = /^"(0|[1-9]\d{0,14})"$/

/**
 * The entity tag of something in a version, for the answer's header: `reply.header('etag', entityTagOf(result.version))`.
 * Strong (RFC 9110, section 8.8.1): another version never has the same one.
 */
export function entityTagOf(version: number): string {
  return `"${version}"`
}

/**
 * To be spread like {@link idempotencyOf}: `{ expectedVersion }` where the request carries the entity tag of an earlier answer as If-Match, otherwise `{}`.
 * A command that finds another version is rejected as VERSION_CONFLICT, which is answered with 412 (RFC 9110, section 13.1.1).
 *
 * Throws INVALID_IF_MATCH (400) for anything but one tag of {@link entityTagOf}: a list, a weak tag or `*` does not say which version the caller has seen.
 */
export function expectedVersionOf(request: FastifyRequest): { readonly expectedVersion?: number } {
  const header = request.headers['if-match']
  if (header === undefined) return {}
  const version = VERSION_TAG.exec(header)?.[1]
  if (version === undefined) {
    throw kitProblem('INVALID_IF_MATCH', `The If-Match header is ${header}, which is not an entity tag given here.`)
  }
  return { expectedVersion: Number(version) }
}
