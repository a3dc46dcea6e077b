import type { ProblemDefinition } from '@stocker/service-kit'
import { ProblemError } from '@stocker/service-kit'

export const ACCESS_PROBLEMS = {
  LOGIN_REQUIRED: {
    status: 401,
    title: 'Only who is logged in is served here',
    hint: 'Log in at /login, or send the header `Authorization: Bearer <token>`: npm start prints the token, and `console.access.token` sets it.',
  },
  ROLE_REQUIRED: { status: 403, title: 'Your role may not do this' },
  FOREIGN_REQUEST: {
    status: 403,
    title: 'The request does not come from a page of the console',
    hint: 'A request that changes something sends the page’s token as the header `x-csrf-token` or the field `_csrf`; programs send a bearer token instead of the cookie.',
  },
  UNKNOWN_HOST: {
    status: 421,
    title: 'The console is not known by this name',
    hint: 'Call it by localhost, or add the name to `console.access.hosts`.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests in a short time',
    hint: 'Try again after the seconds of the Retry-After header.',
  },
} as const satisfies Record<string, ProblemDefinition>

export function accessProblem(
  code: keyof typeof ACCESS_PROBLEMS,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): ProblemError {
  return new ProblemError({ code, ...ACCESS_PROBLEMS[code] }, detail, { headers })
}
