import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Gate } from './gate.ts'
import { seeOther } from './login-redirects.ts'

/** A login by link: the token leaves the address bar at once. `userName`: who follows the link that is printed at the start. */
export type FollowLink = (request: FastifyRequest, reply: FastifyReply, token: string, next: string) => FastifyReply

export const createFollowLink =
  (gate: Gate, userName: string): FollowLink =>
  (request, reply, token, next) =>
    gate.logIn(request, reply, token, userName) === undefined
      ? seeOther(reply, `/login?wrong=true&next=${encodeURIComponent(next)}`)
      : seeOther(reply, next)

/** The token of `/?t=…`, as it is printed. */
export function tokenOfLink({ method, url, query }: FastifyRequest): string | undefined {
  const { t: token } = query as { readonly t?: unknown }
  return method === 'GET' && url.startsWith('/?') && typeof token === 'string' ? token : undefined
}
