import type { FastifyRequest } from 'fastify'
import type { Role, Viewer } from './roles.ts'
import type { Subject } from './unmask.ts'

/** Who asks, and how they showed it. */
export interface Visitor extends Viewer {
  /** What they could be seen as; above `role` while they look at the console in the view of a lower one. */
  readonly ownRole: Role
  /** The same for all requests of one login, or of one name with one token. */
  readonly id: string
  /** What a form must send as `_csrf`, and a script as the header `x-csrf-token`. Undefined for a bearer token, which needs none. */
  readonly csrfToken: string | undefined
  /** Whether they gave a reason a short while ago to see it with its personal values. */
  hasUnmasked(subject: Subject): boolean
}

const visitors = new WeakMap<FastifyRequest, Visitor>()

export function setVisitor(request: FastifyRequest, visitor: Visitor): void {
  visitors.set(request, visitor)
}

/** Undefined where nobody is logged in: possible on public routes only. */
export function visitorOf(request: FastifyRequest): Visitor | undefined {
  return visitors.get(request)
}

/** Who asks. For routes that ask for a role; on a public one it throws. */
export function viewerOf(request: FastifyRequest): Visitor {
  const visitor = visitors.get(request)
  if (visitor === undefined) throw new Error(`${request.routeOptions.url} asks who is there, but is public`)
  return visitor
}
