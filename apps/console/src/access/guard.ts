import type { HttpApp } from '@stocker/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessConfig } from './access-settings.ts'
import { createCallLimit } from './call-limit.ts'
import type { EndedSessions } from './ended-sessions.ts'
import type { Gate } from './gate.ts'
import { tooMany } from './gate.ts'
import { createHostCheck, hostNameOf } from './host-check.ts'
import type { FollowLink } from './login-link.ts'
import { tokenOfLink } from './login-link.ts'
import { bounce, toLogin } from './login-redirects.ts'
import { createOpenAnswers } from './open-answers.ts'
import { accessProblem } from './problems.ts'
import type { Role } from './roles.ts'
import { isConsoleAccess, mayActAs } from './roles.ts'
import type { RouteList } from './route-list.ts'
import { setVisitor, visitorOf } from './viewer.ts'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Paths for programs; all others are pages for people. */
const API_PREFIX = '/ops/'

export interface GuardParts {
  readonly gate: Gate
  readonly ended: EndedSessions
  readonly config: AccessConfig
  readonly followLink: FollowLink
  /** Where the routes are listed. */
  readonly routes: RouteList
  readonly now: () => number
}

/** Every request passes here. To be installed before any route of the console, which is refused at the start when it does not say who may use it. */
export function guardRoutes(app: HttpApp, { gate, ended, config, followLink, routes, now }: GuardParts): void {
  const isKnownHost = createHostCheck(config.hosts)
  const calls =
    config.requestsPerMinute > 0 ? createCallLimit({ max: config.requestsPerMinute, windowMs: 60_000 }) : undefined

  const reading = createOpenAnswers()
  ended.onEnded((id) => reading.cut(id))

  app.addHook('onRoute', ({ method, url, config: route }) => {
    if (isConsoleAccess(route?.access)) return routes.add({ method, url }, route.access)
    throw new Error(`${method} ${url} does not say who may use it: give the route config: { access: … }`)
  })

  app.addHook('onRequest', async (request, reply) => {
    const access = accessTo(request)
    // The kit's own routes hold no data of customers, and machines ask for them, by whatever name.
    if (access === 'public' && request.routeOptions.config.always === true) return
    // What a role is asked for, and where a token is typed in.
    if (!isKnownHost(request.headers.host)) {
      throw accessProblem(
        'UNKNOWN_HOST',
        `The request is for the host ${hostNameOf(request.headers.host) ?? '(none)'}.`,
      )
    }
    // Read it they could not, but wrong tokens from here would count against whoever sits here.
    if (isPartOfForeignPage(request)) throw accessProblem('FOREIGN_REQUEST', 'A page of another site sent it.')
    const linked = tokenOfLink(request)
    if (linked !== undefined) return followLink(request, reply, linked, '/')
    const visitor = await gate.whoAsks(request)
    if (visitor !== undefined) setVisitor(request, visitor)
    if (visitor?.csrfToken !== undefined && request.method === 'GET') reading.add(visitor.id, reply.raw)
    if (access === 'public') return
    if (visitor === undefined) return refuse(request, reply)
    const seconds = calls?.take(visitor.id, now()) ?? 0
    if (seconds > 0) throw tooMany('requests', seconds)
    if (access !== undefined && !mayActAs(visitor.role, access)) {
      throw accessProblem('ROLE_REQUIRED', `This needs the role ${access}, and you are ${visitor.role}.`)
    }
  })

  // Not before the body is there: a form sends its proof in it.
  app.addHook('preValidation', async (request) => {
    if (SAFE_METHODS.has(request.method) || request.is404) return
    const proof = takeProof(request)
    const visitor = visitorOf(request)
    if (visitor !== undefined && visitor.csrfToken === undefined) return
    if (!comesFromHere(request)) throw accessProblem('FOREIGN_REQUEST', 'A page of another site sent it.')
    const session = gate.sessionOf(request)
    if (session === undefined || accessTo(request) === 'public') return
    if (!gate.sessions.isCsrfToken(session, proof)) {
      throw accessProblem('FOREIGN_REQUEST', 'The token of the page is missing or is of another login.')
    }
  })
}

/** Undefined: nothing is here, which only who is logged in is told. */
function accessTo({ routeOptions, is404 }: FastifyRequest): Role | 'public' | undefined {
  if (is404) return undefined
  const { access } = routeOptions.config
  if (isConsoleAccess(access)) return access
  return 'developer'
}

function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith(API_PREFIX)) {
    const detail =
      request.headers.authorization === undefined
        ? 'The request has no login.'
        : 'The token of the request does not count.'
    throw accessProblem('LOGIN_REQUIRED', detail, { 'www-authenticate': 'Bearer' })
  }
  // A strict cookie does not come along when a link of another site is followed; from a page of our own it does.
  if (request.headers['sec-fetch-site'] === 'cross-site' && request.method === 'GET') return bounce(request, reply)
  return toLogin(request, reply)
}

/** Taken out of the body, since no route's schema knows it. */
function takeProof(request: FastifyRequest): string {
  const header = request.headers['x-csrf-token']
  const body = request.body
  if (typeof body === 'object' && body !== null && '_csrf' in body) {
    const { _csrf: field, ...rest } = body as { readonly _csrf: unknown }
    request.body = rest
    if (typeof field === 'string') return field
  }
  return typeof header === 'string' ? header : ''
}

/** A picture, script, frame or call of another site's page; what leads a whole tab here is a link. */
function isPartOfForeignPage({ headers }: FastifyRequest): boolean {
  const destination = headers['sec-fetch-dest']
  return headers['sec-fetch-site'] === 'cross-site' && destination !== undefined && destination !== 'document'
}

/** https://www.w3.org/TR/fetch-metadata/; older browsers send Origin. Neither: no browser, which then needs the page's token all the same. */
function comesFromHere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return headers.origin === undefined || URL.parse(headers.origin)?.host === headers.host
}
