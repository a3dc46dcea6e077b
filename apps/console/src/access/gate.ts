import type { Logger, Principal, TokenVerifier } from '@stocker/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessConfig } from './access-settings.ts'
import { createRoleOfToken } from './access-tokens.ts'
import { createCallLimit } from './call-limit.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { accessProblem } from './problems.ts'
import type { Role } from './roles.ts'
import { mayActAs, ROLES } from './roles.ts'
import type { Session, Sessions } from './sessions.ts'
import { createSessions } from './sessions.ts'
import type { Unmasked } from './unmask.ts'
import type { Visitor } from './viewer.ts'

/** Finds out who asks. Knows nothing of routes. */
export interface Gate {
  readonly sessions: Sessions
  /** Opens a session, or undefined for a wrong token. @throws ProblemError TOO_MANY_REQUESTS after too many wrong ones */
  logIn(request: FastifyRequest, reply: FastifyReply, token: string, name: string): Session | undefined
  sessionOf(request: FastifyRequest): Session | undefined
  /** Ends the login of the request's cookie, wherever there is a copy of it. */
  logOut(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /**
   * By bearer token or cookie; undefined when there is neither, or it does not count.
   * @throws ProblemError TOO_MANY_REQUESTS after too many wrong tokens; for a token of the issuer INVALID_TOKEN, or ROLE_REQUIRED when it has no role here
   */
  whoAsks(request: FastifyRequest): Promise<Visitor | undefined>
}

export interface GateParts {
  readonly config: AccessConfig
  readonly logger: Logger
  readonly unmasked: Unmasked
  readonly ended: EndedSessions
  /** For tokens of the issuer that the services trust too. */
  readonly verifier: TokenVerifier | undefined
  readonly now: () => number
}

/** Wrong tokens from one address within a minute; then it is not listened to any more, whatever it says. */
const WRONG_TOKENS = { max: 10, windowMs: 60_000 } as const
const LONGEST_NAME = 100
/** The least role that may see personal values at all. */
const UNMASKING: Role = 'operator'
/** With a token that several share, who it is; URI-encoded, since a header holds no other letters. */
export const NAME_HEADER = 'x-viewer-name'

export function createGate({ config, logger, unmasked, ended, verifier, now }: GateParts): Gate {
  const sessions = createSessions(config)
  const roleOfToken = createRoleOfToken(config.tokens)
  const wrongTokens = createCallLimit(WRONG_TOKENS)

  /** Undefined for a wrong token. */
  const roleFor = (request: FastifyRequest, token: string): Role | undefined => {
    const seconds = wrongTokens.wait(request.ip, now())
    if (seconds > 0) throw tooMany('wrong tokens came from your address', seconds)
    const role = roleOfToken(token)
    if (role === undefined) {
      wrongTokens.take(request.ip, now())
      logger.warn({ address: request.ip }, 'a wrong access token was tried')
    }
    return role
  }

  const visitor = (who: Omit<Visitor, 'hasUnmasked'>): Visitor => ({
    ...who,
    hasUnmasked: (subject) => mayActAs(who.role, UNMASKING) && unmasked.has(who.id, subject, now()),
  })

  const sessionOf = (request: FastifyRequest): Session | undefined => {
    const session = sessions.read(request.headers.cookie, now())
    return session === undefined || ended.has(session.id) ? undefined : session
  }

  return {
    sessions,
    sessionOf,
    logIn: (request, reply, token, name) => {
      const role = roleFor(request, token)
      if (role === undefined) return undefined
      const at = now()
      const session = sessions.open(plainName(name) ?? role, role, at)
      reply.header('set-cookie', sessions.cookie(session, at))
      logger.info({ name: session.name, role }, 'logged in')
      return session
    },
    logOut: async (request, reply) => {
      const session = sessionOf(request)
      if (session !== undefined) await ended.end(session)
      reply.header('set-cookie', sessions.endCookie)
    },
    whoAsks: async (request) => {
      const bearer = bearerToken(request.headers.authorization)
      if (bearer !== undefined && verifier !== undefined && JWT.test(bearer)) {
        return visitor(staffOf(verifier.remembered(bearer) ?? (await verifier.verify(bearer))))
      }
      if (bearer !== undefined) {
        const role = roleFor(request, bearer)
        return role && visitor(bearerOf(role, request.headers[NAME_HEADER]))
      }
      const session = sessionOf(request)
      if (session === undefined) return undefined
      const { id, name, role: ownRole, as: role } = session
      return visitor({ id, name, role, ownRole, csrfToken: sessions.csrfToken(session) })
    },
  }
}

export function tooMany(what: string, seconds: number) {
  return accessProblem('TOO_MANY_REQUESTS', `Too many ${what} within a minute; try again in ${seconds} s.`, {
    'retry-after': String(seconds),
  })
}

/** Without what would break a line of a log, and not longer than a name is. Undefined when nothing is left. */
export function plainName(text: string): string | undefined {
  const name = text
    .toWellFormed()
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
  return name === '' ? undefined : name
}

function bearerOf(role: Role, header: string | string[] | undefined): Omit<Visitor, 'hasUnmasked'> {
  const name = (typeof header === 'string' ? plainName(decoded(header)) : undefined) ?? role
  return { name, role, ownRole: role, id: `${role} ${name}`, csrfToken: undefined }
}

/** Three parts in base64url, of which the first is a JSON object. */
const JWT = /^ey[\w-]+\.[\w-]+\.[\w-]*$/

/** The highest role that the token names counts. @throws ProblemError ROLE_REQUIRED */
function staffOf({ subject, roles }: Principal): Omit<Visitor, 'hasUnmasked'> {
  const role = ROLES.findLast((each) => roles.includes(each))
  if (role === undefined) {
    throw accessProblem('ROLE_REQUIRED', `The token has none of the roles ${ROLES.join(', ')}.`)
  }
  return { name: plainName(subject) ?? role, role, ownRole: role, id: `jwt ${subject}`, csrfToken: undefined }
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
