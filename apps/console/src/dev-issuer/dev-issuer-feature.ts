import { isIPv6 } from 'node:net'
import { defineProblems } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { mayActAs } from '../access/roles.ts'
import { visitorOf } from '../access/viewer.ts'
import type { ConsoleFeature } from '../feature.ts'
import type { DevIssuerConfig } from './dev-issuer-settings.ts'

/** Role of a token → the least role that one must have in the console to get it; `anybody`: nobody needs to log in. */
const TOKEN_ROLES = {
  customer: 'anybody',
  support: 'support',
  operator: 'operator',
  developer: 'developer',
  service: 'developer',
} as const
type TokenRole = keyof typeof TOKEN_ROLES

const problems = defineProblems({
  NOT_ON_THIS_MACHINE: {
    status: 403,
    title: 'Tokens are given out on the console’s own machine only',
    hint: 'Ask for http://localhost:8080/dev/token there.',
  },
  LOGIN_NEEDED: {
    status: 401,
    title: 'Only who is logged in gets a token of that role',
    hint: 'Send the console’s token as `Authorization: Bearer <token>`, or use `npm run ctl -- token`. Tokens of customers are free.',
  },
  ROLE_TOO_HIGH: {
    status: 403,
    title: 'Nobody gets a token of a role above their own',
    hint: 'Log in with the token of that role.',
  },
  NO_ISSUER: { status: 503, title: 'The development issuer has no key' },
})

/** `curl localhost:8080/dev/token?sub=ada`: tokens for the services' APIs while one develops. Not there unless it is enabled. */
export function createDevIssuerFeature({
  config: { devIssuer },
}: {
  readonly config: { readonly devIssuer: DevIssuerConfig }
}): ConsoleFeature {
  const { directory } = devIssuer
  if (directory === undefined) return {}
  return {
    routes: (app) => {
      app.get(
        '/dev/token',
        {
          config: { access: 'public' },
          schema: {
            summary: 'A token for the services’ APIs, as text',
            description: 'For development. Tokens of customers are free; those of staff are for who is logged in.',
            tags: ['development'],
            querystring: Type.Object({
              sub: Type.String({ minLength: 1, maxLength: 100, description: 'who it is for: of a customer, the id' }),
              role: Type.Enum(Object.keys(TOKEN_ROLES) as TokenRole[], { default: 'customer' }),
            }),
            produces: ['text/plain'],
          },
        },
        async (request, reply) => {
          if (!isLoopback(request.ip)) throw problems('NOT_ON_THIS_MACHINE', `The request came from ${request.ip}.`)
          const { sub, role } = request.query
          refuseHigherRole(request, role)
          const { readDevelopmentIssuer } = await import('@stocker/service-kit/development-issuer')
          const issuer = await readDevelopmentIssuer(directory)
          if (issuer === undefined) throw problems('NO_ISSUER', `There is no key in ${directory}.`)
          const token = await issuer.token({ subject: sub, roles: [role] })
          return reply
            .header('content-type', 'text/plain; charset=utf-8')
            .header('cache-control', 'no-store')
            .send(`${token}\n`)
        },
      )
    },
  }
}

function refuseHigherRole(request: FastifyRequest, role: TokenRole): void {
  const least = TOKEN_ROLES[role]
  if (least === 'anybody') return
  const visitor = visitorOf(request)
  if (visitor === undefined) throw problems('LOGIN_NEEDED', `A token of the role ${role} is for who is logged in.`)
  if (!mayActAs(visitor.role, least))
    throw problems('ROLE_TOO_HIGH', `A token of the role ${role} needs the role ${least}, and you are ${visitor.role}.`)
}

const isLoopback = (address: string): boolean =>
  isIPv6(address) ? address === '::1' || address.startsWith('::ffff:127.') : address.startsWith('127.')
