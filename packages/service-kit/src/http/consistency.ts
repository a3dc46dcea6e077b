import { CqrsError } from '@stocker/cqrs'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { kitProblem } from './problem.ts'

/** Header that an answer to a write gives and a later read sends back: `reply.header(CONSISTENCY_TOKEN_HEADER, result.token)`. */
export const CONSISTENCY_TOKEN_HEADER = 'consistency-token'

/** For the `headers` schema of a read that calls {@link awaitConsistency}. */
export const ConsistencyHeaders = Type.Object({
  [CONSISTENCY_TOKEN_HEADER]: Type.Optional(
    Type.String({
      description: 'of the answer to an earlier write: what is read shows that write, or the answer is 503',
    }),
  ),
})

/** For the `querystring` schema: where headers cannot be set, as by the browser's EventSource. */
export const ConsistencyQuery = Type.Object({ consistencyToken: Type.Optional(Type.String()) })

/** A tracking processor, as far as this needs it. */
export interface ConsistentReader {
  reached(token: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean>
}

const DEFAULT_TIMEOUT_MS = 2_000

/**
 * Read-your-own-write: returns when the read model of a tracking processor shows the write whose token the request carries, at once when it carries none.
 * A read model that is written by an inline projection needs no such wait.
 *
 * Throws INVALID_CONSISTENCY_TOKEN (400), and READ_MODEL_BEHIND (503) after `timeoutMs` (default 2,000): an answer that silently lacks the write is
 * never given.
 */
export async function awaitConsistency(
  request: FastifyRequest,
  reader: ConsistentReader,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<void> {
  const { consistencyToken } = (request.query ?? {}) as { readonly consistencyToken?: unknown }
  const token = request.headers[CONSISTENCY_TOKEN_HEADER] ?? consistencyToken
  if (token === undefined) return
  if (typeof token !== 'string') throw kitProblem('INVALID_CONSISTENCY_TOKEN', 'There is more than one.')
  const reached = await reader.reached(token, timeoutMs, request.signal).catch((error: unknown) => {
    if (!(error instanceof CqrsError && error.code === 'MALFORMED_TOKEN')) throw error
    throw kitProblem(
      'INVALID_CONSISTENCY_TOKEN',
      `${JSON.stringify(token.slice(0, 40))} was not given by this service.`,
    )
  })
  if (reached) return
  throw kitProblem('READ_MODEL_BEHIND', `The write is not visible here after ${timeoutMs} ms.`, {
    headers: { 'retry-after': '1' },
  })
}
