import { randomInt } from 'node:crypto'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isUnavailable } from '../unavailable.ts'
import { kitProblem, ProblemError } from './problem.ts'
import { fieldErrors } from './validation.ts'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** fastify's own errors whose meaning a caller can act on. */
const FRAMEWORK_ERRORS: Readonly<Record<string, (error: FastifyError, request: FastifyRequest) => ProblemError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (_error, request) => {
    const given = request.headers['content-type']
    return kitProblem(
      'UNSUPPORTED_MEDIA_TYPE',
      given === undefined ? 'The content-type header is missing.' : 'Only application/json is read here.',
    )
  },
  FST_ERR_CTP_BODY_TOO_LARGE: (_error, request) =>
    kitProblem(
      'BODY_TOO_LARGE',
      `The body has more than the ${request.routeOptions.bodyLimit} bytes that are read here.`,
    ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    kitProblem('MALFORMED_REQUEST', 'The body is shorter or longer than its content-length header says.'),
  FST_ERR_BAD_URL: () => kitProblem('MALFORMED_REQUEST', 'The address is not correctly percent-encoded.'),
  FST_ERR_HANDLER_TIMEOUT: (error) => unavailable('The answer took too long.', error),
}

/** Turns whatever was thrown into the problem that the caller gets; pure, so that it can be tested without a server. */
export function toProblem(error: unknown, request: FastifyRequest): ProblemError {
  if (error instanceof ProblemError) return error
  const thrown = error as FastifyError
  if (Array.isArray(thrown?.validation)) {
    const errors = fieldErrors(thrown.validation, thrown.validationContext)
    const [first] = errors
    const detail =
      first === undefined ? 'The request is not valid.' : `${first.pointer ?? first.parameter} ${first.detail}.`
    return kitProblem('VALIDATION_FAILED', errors.length > 1 ? `${detail} And ${errors.length - 1} more.` : detail, {
      extension: { errors },
    })
  }
  const known = FRAMEWORK_ERRORS[thrown?.code]
  if (known !== undefined) return known(thrown, request)
  if (isUnavailable(error)) return unavailable('Something that this needs does not answer, or is too busy.', error)
  if (thrown?.code?.startsWith('FST_') && thrown.statusCode !== undefined && thrown.statusCode < 500) {
    return kitProblem('MALFORMED_REQUEST', thrown.message)
  }
  return kitProblem('INTERNAL_ERROR', `The request could not be finished (${request.id}).`, { cause: error })
}

/** Retry-After differs from answer to answer, so that callers who were refused together do not come back together. */
export function unavailable(detail: string, cause?: unknown): ProblemError {
  return kitProblem('DEPENDENCY_UNAVAILABLE', detail, { headers: { 'retry-after': String(randomInt(1, 4)) }, cause })
}

/** fastify's error handler: every error of every route, and of the kit's hooks, is answered and logged here. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = toProblem(error, request)
  if (answer.status >= 500) {
    const cause = error instanceof ProblemError ? (error.cause ?? error) : error
    const level = answer.status === 503 ? 'warn' : 'error'
    request.log[level](
      { err: cause, code: answer.code, method: request.method, url: pathOf(request.url) },
      'request failed',
    )
  }
  return sendProblem(answer, request, reply)
}

export function sendProblem(answer: ProblemError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const document = answer.toDocument({ instance: pathOf(request.url), requestId: request.id })
  // A route's response schema for this status would otherwise drop the members that it does not know.
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .header('cache-control', 'no-store')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(document)
}

/** Without the query, which may carry what a log must not. */
export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}
