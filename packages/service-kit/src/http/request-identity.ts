import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** Header of the request's id, in both directions. */
export const REQUEST_ID_HEADER = 'x-request-id'

const USABLE_REQUEST_ID = /^[\w.:/+=@-]{1,128}$/

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00; all-zero ids are invalid there. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * Takes over the caller's `x-request-id` where it cannot harm a log, otherwise counts: `<random per process>-<number>`, which is unique across
 * restarts and a hundred times cheaper than a UUID per request.
 */
export function createRequestIds(): (request: IncomingMessage) => string {
  const prefix = randomBytes(6).toString('base64url')
  let count = 0
  return (request) => {
    const given = request.headers[REQUEST_ID_HEADER]
    if (typeof given === 'string' && USABLE_REQUEST_ID.test(given)) return given
    count += 1
    return `${prefix}-${count.toString(36)}`
  }
}

/**
 * The caller's trace context, to be spread into what a handler passes on:
 * `bus.execute(order, id, command, { correlationId: id, ...traceOf(request) })`. Empty where the header is absent or not valid.
 */
export function traceOf(request: FastifyRequest): { readonly traceparent?: string } {
  const header = request.headers.traceparent
  return typeof header === 'string' && TRACEPARENT.test(header) ? { traceparent: header } : {}
}
