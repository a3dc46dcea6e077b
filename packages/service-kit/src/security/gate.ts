import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServiceKitError } from '../errors.ts'
import { bearerToken, notAllowed, tokenMissing } from './bearer.ts'
import { hidePersonalValues } from './personal-values.ts'
import type { Principal } from './principal.ts'
import type { RateLimit } from './rate-limit.ts'
import { limitRate } from './rate-limit.ts'
import type { RouteAccess } from './route-access.ts'
import { isRouteAccess, ROUTE_ACCESS, reachOf } from './route-access.ts'
import type { TokenVerifier } from './token-verifier.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; null without a gate, and on routes that ask for no token. */
    principal: Principal | null
    /** The only customer whose things the caller may see and change; null: everybody's. */
    onlyCustomer: string | null
  }
}

export interface GateOptions {
  readonly verifier: TokenVerifier
  readonly rateLimit: RateLimit
}

/**
 * Lets nobody through to a route that does not say so: each must have `config.access`, or its registration fails. Who is let through is in the request,
 * for {@link onlyCustomerOf} and {@link refuseOtherCustomers}. Call before the first route is registered.
 */
export function installGate(app: FastifyInstance, { verifier, rateLimit }: GateOptions): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (isRouteAccess(config?.access)) return
    throw new ServiceKitError(
      'ROUTE_WITHOUT_ACCESS',
      `The route ${method} ${url} does not say who may call it: give it \`config: { access }\` with one of ${Object.keys(ROUTE_ACCESS).join(', ')}.`,
    )
  })
  const limit = limitRate(app, rateLimit)
  hidePersonalValues(app)
  app.addHook('onRequest', async (request, reply) => {
    const { access, always } = request.routeOptions.config
    // What is asked of the service in every state must not depend on how much is asked of it.
    if (access === 'public' && always === true) return
    const token = bearerToken(request.headers.authorization)
    const known = token === undefined ? undefined : verifier.remembered(token)
    request.principal = known ?? null
    await limit(request, reply)
    if (access === 'public' || access === 'signed' || request.is404) return
    if (token === undefined) throw tokenMissing()
    admit(request, access as Asking, known ?? (await verifier.verify(token)))
  })
}

type Asking = Exclude<RouteAccess, 'public' | 'signed'>

function admit(request: FastifyRequest, access: Asking, principal: Principal): void {
  const reach = reachOf(access, request.method, principal.roles)
  if (reach === 'nothing') throw notAllowed(`this: it is for ${access === 'staff' ? 'staff' : 'customers and staff'}`)
  request.principal = principal
  if (reach === 'own') request.onlyCustomer = principal.subject
}

/**
 * The only customer whose things the caller may see and change; undefined: everybody's, since the caller is staff or the service asks nobody for a token.
 * What belongs to another one is answered as if it were not there: a 403 would say that it is.
 */
export function onlyCustomerOf(request: FastifyRequest): string | undefined {
  return request.onlyCustomer ?? undefined
}

/** @throws ProblemError NOT_ALLOWED (403) when the caller may not act for this customer */
export function refuseOtherCustomers(request: FastifyRequest, customerId: string): void {
  const only = onlyCustomerOf(request)
  if (only !== undefined && only !== customerId) throw notAllowed(`to act for customer ${customerId}`)
}
