import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AccessConfig } from './access-settings.ts'
import { cookieValue, setCookie } from './cookies.ts'
import type { Role } from './roles.ts'
import { mayActAs, ROLES } from './roles.ts'

/** A login in a browser. */
export interface Session {
  readonly id: string
  readonly name: string
  /** What the token allowed. */
  readonly role: Role
  /** What they want to be seen as now; never above `role`. */
  readonly as: Role
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface Sessions {
  open(name: string, role: Role, now: number): Session
  /** The session of a request's Cookie header; undefined when there is none that counts. */
  read(cookies: string | undefined, now: number): Session | undefined
  /** A Set-Cookie header. */
  cookie(session: Session, now: number): string
  /** A Set-Cookie header that ends it in the browser. */
  readonly endCookie: string
  /** What a request that changes something must bring beside the cookie. */
  csrfToken(session: Session): string
  isCsrfToken(session: Session, token: string): boolean
}

/** Browsers keep no cookie that is larger. */
const LONGEST_COOKIE = 4_096

/**
 * Logins live in the cookie alone, signed with a key that is made from the access tokens. So a restart keeps them, several instances share them, and the
 * console can be looked at while its database is away, which is when it is needed most; another token ends them all.
 */
export function createSessions({
  tokens,
  sessionMs,
  secureCookie,
}: Pick<AccessConfig, 'tokens' | 'sessionMs' | 'secureCookie'>): Sessions {
  const key = createHmac('sha256', 'console session')
    .update(JSON.stringify(tokens.map(({ role, token }) => [role, token])))
    .digest()
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  // Cookies do not know ports: without a name of its own, a second console on the machine would log this one out.
  const cookieName = `console_${sign('name').slice(0, 8)}`

  const csrfToken = ({ id }: Session): string => sign(`csrf ${id}`)
  return {
    open: (name, role, now) => ({
      id: randomBytes(12).toString('base64url'),
      name,
      role,
      as: role,
      expiresAt: now + sessionMs,
    }),
    read: (cookies, now) => {
      const value = cookieValue(cookies, cookieName)
      if (value === undefined || value.length > LONGEST_COOKIE) return undefined
      const dot = value.lastIndexOf('.')
      if (dot < 0 || !sameText(sign(value.slice(0, dot)), value.slice(dot + 1))) return undefined
      const session = JSON.parse(Buffer.from(value.slice(0, dot), 'base64url').toString('utf8')) as Session
      const sound = ROLES.includes(session.role) && ROLES.includes(session.as) && mayActAs(session.role, session.as)
      return sound && session.expiresAt > now ? session : undefined
    },
    cookie: (session, now) => {
      const body = Buffer.from(JSON.stringify(session)).toString('base64url')
      const maxAge = Math.max(0, Math.floor((session.expiresAt - now) / 1_000))
      return setCookie(cookieName, `${body}.${sign(body)}`, { maxAge, secure: secureCookie })
    },
    endCookie: setCookie(cookieName, '', { maxAge: 0, secure: secureCookie }),
    csrfToken,
    isCsrfToken: (session, token) => sameText(csrfToken(session), token),
  }
}

/** In constant time for texts of one length; the length of a signature is no secret. */
function sameText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
