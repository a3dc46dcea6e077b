import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { kitProblem } from '../http/problem.ts'

export interface RateLimit {
  /** Requests of one caller at most, within `windowMs`. Default 6,000. */
  readonly max: number
  /** Milliseconds, default 60,000. */
  readonly windowMs: number
}

export const RATE_LIMIT: RateLimit = { max: 6_000, windowMs: 60_000 }

/** Callers that are counted at the same time; those who were not seen for longest are forgotten. */
const COUNTED_CALLERS = 10_000
/** Other services speak for many customers. */
const UNLIMITED_ROLE = 'service'

export type LimitRate = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * Counts the requests of each caller: by name where the request has its `principal`, otherwise by address, so that trying tokens is counted too. With the
 * headers RateLimit-Limit, -Remaining and -Reset (https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07).
 * @throws (the returned function) ProblemError TOO_MANY_REQUESTS (429) with Retry-After
 */
export function limitRate(app: FastifyInstance, { max, windowMs }: RateLimit): LimitRate {
  app.register(import('@fastify/rate-limit'), {
    global: false,
    enableDraftSpec: true,
    max,
    timeWindow: windowMs,
    cache: COUNTED_CALLERS,
    keyGenerator: ({ principal, ip }) => (principal === null ? ip : `subject ${principal.subject}`),
    allowList: ({ principal }) => principal?.roles.includes(UNLIMITED_ROLE) === true,
    errorResponseBuilder: (_request, { after }) =>
      kitProblem(
        'TOO_MANY_REQUESTS',
        `${max} requests within ${windowMs / 1_000} s are more than are served to one caller; try again in ${after}.`,
      ),
  })
  let limiter: ReturnType<FastifyInstance['rateLimit']> | undefined
  app.addHook('onReady', (done) => {
    limiter = app.rateLimit()
    done()
  })
  return async (request, reply) => {
    await limiter?.call(app, request, reply)
  }
}
