/** What `config.access` of a route says: who may call it. */
export const ROUTE_ACCESS = {
  public: 'Everybody, without a token',
  signed: 'Whoever signs the request as agreed, without a token: the route itself looks at the signature',
  authenticated: 'Whoever has a token that counts',
  customer: 'Customers, for what is theirs; staff for anybody',
  staff: 'Staff',
} as const
export type RouteAccess = keyof typeof ROUTE_ACCESS

declare module 'fastify' {
  /** The words of `config.access`. An app with words of its own adds them to this interface, and looks at them itself. */
  interface RouteAccessWords extends Record<RouteAccess, true> {}

  interface FastifyContextConfig {
    /** Who may call the route. Where a service checks tokens, a route that does not say is refused at the start. */
    readonly access?: keyof RouteAccessWords
  }
}

export const isRouteAccess = (word: string | undefined): word is RouteAccess =>
  word !== undefined && Object.hasOwn(ROUTE_ACCESS, word)

/** Roles in a token, and what they may do for anybody. A `customer` may do both for themselves. */
export const STAFF_ROLES = {
  support: { reads: true, writes: false },
  operator: { reads: true, writes: true },
  developer: { reads: true, writes: true },
  /** Another service of the platform. */
  service: { reads: true, writes: true },
} as const
export const CUSTOMER_ROLE = 'customer'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** `anybody`: for whomever. `own`: only what belongs to the caller. */
export type Reach = 'anybody' | 'own' | 'nothing'

/** How far the bearer of these roles gets on a route. */
export function reachOf(
  access: Exclude<RouteAccess, 'public' | 'signed'>,
  method: string,
  roles: readonly string[],
): Reach {
  if (access === 'authenticated') return 'anybody'
  const does = READING.has(method) ? 'reads' : 'writes'
  for (const role of roles) {
    if (Object.hasOwn(STAFF_ROLES, role) && STAFF_ROLES[role as keyof typeof STAFF_ROLES][does]) return 'anybody'
  }
  return access === 'customer' && roles.includes(CUSTOMER_ROLE) ? 'own' : 'nothing'
}
