import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { sendPage } from '../web/page.ts'
import type { Gate } from './gate.ts'
import type { FollowLink } from './login-link.ts'
import { LoginForm } from './login-page.ts'
import { localPath, seeOther } from './login-redirects.ts'
import { accessProblem } from './problems.ts'
import { mayActAs, ROLES } from './roles.ts'
import { viewerOf } from './viewer.ts'

const RoleName = Type.Enum([...ROLES])
const SessionView = Type.Object({
  name: Type.String(),
  role: Type.Enum([...ROLES], { description: 'what they are seen as' }),
  ownRole: Type.Enum([...ROLES], { description: 'what they could be seen as' }),
  csrfToken: Type.Optional(
    Type.String({ description: 'with a cookie: what a request that changes something sends as `x-csrf-token`' }),
  ),
})
const Token = Type.String({ minLength: 1, maxLength: 500 })
const Name = Type.String({ maxLength: 200 })
const Next = Type.Optional(Type.String({ maxLength: 2_000 }))

/** Logging in and out, and looking at the console as a lower role sees it. */
export function accessRoutes(
  app: HttpApp,
  { gate, followLink, now }: { gate: Gate; followLink: FollowLink; now: () => number },
): void {
  app.get(
    '/login',
    {
      config: { access: 'public' },
      schema: {
        hide: true,
        querystring: Type.Object({
          t: Type.Optional(Token),
          next: Next,
          wrong: Type.Boolean({ default: false }),
        }),
      },
    },
    (request, reply) => {
      const { t: token, next, wrong } = request.query
      if (token !== undefined) return followLink(request, reply, token, localPath(next))
      return sendPage(app, request, reply, {
        title: 'Log in',
        viewer: undefined,
        nav: undefined,
        body: LoginForm({ next: localPath(next), wrongToken: wrong }),
      })
    },
  )

  app.post(
    '/login',
    {
      config: { access: 'public' },
      schema: { hide: true, body: Type.Object({ token: Token, name: Name, next: Next }) },
    },
    (request, reply) => {
      const { token, name, next } = request.body
      const path = localPath(next)
      return gate.logIn(request, reply, token.trim(), name) === undefined
        ? seeOther(reply, `/login?wrong=true&next=${encodeURIComponent(path)}`)
        : seeOther(reply, path)
    },
  )

  app.post('/logout', { config: { access: 'viewer' }, schema: { hide: true } }, async (request, reply) => {
    await gate.logOut(request, reply)
    return seeOther(reply, '/login')
  })

  app.post(
    '/view-as',
    { config: { access: 'viewer' }, schema: { hide: true, body: Type.Object({ role: RoleName, next: Next }) } },
    (request, reply) => {
      const { role, next } = request.body
      const session = gate.sessionOf(request)
      const { ownRole } = viewerOf(request)
      if (session === undefined || !mayActAs(ownRole, role)) {
        throw accessProblem('ROLE_REQUIRED', `You are ${ownRole}, which cannot be seen as ${role}.`)
      }
      reply.header('set-cookie', gate.sessions.cookie({ ...session, as: role }, now()))
      return seeOther(reply, localPath(next))
    },
  )

  app.get(
    '/ops/api/session',
    {
      config: { access: 'viewer' },
      schema: { summary: 'Who you are, and what you may do', tags: ['access'], response: { 200: SessionView } },
    },
    (request) => {
      const { name, role, ownRole, csrfToken } = viewerOf(request)
      return { name, role, ownRole, ...(csrfToken !== undefined && { csrfToken }) }
    },
  )
}
