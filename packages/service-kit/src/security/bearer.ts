import type { ProblemError } from '../http/problem.ts'
import { kitProblem } from '../http/problem.ts'

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1; the scheme's case does not count. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i

/** The token of an Authorization header; undefined when there is no header or it is of another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  // Without the regular expression for the usual form: this runs for each request.
  if (authorization?.startsWith('Bearer ey')) return authorization.slice('Bearer '.length)
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3: without an error code for who brought no token at all. */
export function tokenMissing(): ProblemError {
  return kitProblem('TOKEN_MISSING', 'The request has no bearer token in its Authorization header.', {
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** `why` goes on with "The token does not count: ". */
export function invalidToken(why: string, cause?: unknown): ProblemError {
  return kitProblem('INVALID_TOKEN', `The token does not count: ${why}.`, {
    headers: {
      'www-authenticate': `Bearer error="invalid_token", error_description="${why.replaceAll(/["\\]/g, '')}"`,
    },
    ...(cause !== undefined && { cause }),
  })
}

/** `what` goes on with "The token does not allow ". */
export function notAllowed(what: string): ProblemError {
  return kitProblem('NOT_ALLOWED', `The token does not allow ${what}.`, {
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  })
}

export function issuerAway(cause: unknown): ProblemError {
  return kitProblem('DEPENDENCY_UNAVAILABLE', 'The keys of the token’s issuer cannot be read.', {
    headers: { 'retry-after': '1' },
    cause,
  })
}
