import type { HttpApp } from '@stocker/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import type { Role } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { viewerOf } from '../access/viewer.ts'
import { consoleAssets } from './assets/console-assets.ts'
import { renderDocument } from './document.ts'
import { Layout, PRODUCT } from './layout.ts'
import type { NavigationId } from './navigation.ts'
import { NAVIGATION } from './navigation.ts'
import type { PageContent, SentPage } from './page-content.ts'
import { preferencesOf } from './preferences.ts'

export type { PageContent }

export interface PageDefinition<Params extends TObject, Query extends TObject> {
  /** As fastify has it: `/orders/:id`. */
  readonly path: string
  /** The least role that may see it. */
  readonly access: Role
  /** Heading and title, unless the content has one of its own. */
  readonly title: string
  /** Its entry in the navigation. */
  readonly nav?: NavigationId
  readonly params?: Params
  readonly query?: Query
  render(
    request: FastifyRequest<{ Params: Static<Params>; Querystring: Static<Query> }>,
    viewer: Visitor,
  ): PageContent | Redirect | Promise<PageContent | Redirect>
}

export interface Redirect {
  readonly redirectTo: string
}

const registered = new WeakMap<object, { path: string; access: Role }[]>()

/** Adds a page of the console: a GET route that answers with HTML. What is thrown while it is rendered becomes a page that says so. */
export function page<Params extends TObject, Query extends TObject>(
  app: HttpApp,
  definition: PageDefinition<Params, Query>,
): void {
  const { path, access, params, query } = definition
  registered.set(app, [...(registered.get(app) ?? []), { path, access }])
  app.get(
    path,
    { config: { access }, schema: { hide: true, ...(params && { params }), ...(query && { querystring: query }) } },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const viewer = viewerOf(request)
      const answer = await definition.render(
        request as FastifyRequest<{ Params: Static<Params>; Querystring: Static<Query> }>,
        viewer,
      )
      if ('redirectTo' in answer) return reply.redirect(answer.redirectTo, 303)
      return sendPage(app, request, reply, { viewer, title: definition.title, nav: definition.nav, ...answer })
    },
  )
}

/** Answers with a page; for routes that are more than a page, such as the login. */
export async function sendPage(
  app: HttpApp,
  request: FastifyRequest,
  reply: FastifyReply,
  content: SentPage,
): Promise<string> {
  reply
    .code(content.status ?? 200)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
  return pageText(app, request, content)
}

/** The page as text. */
export async function pageText(app: HttpApp, request: FastifyRequest, content: SentPage): Promise<string> {
  const { viewer } = content
  const preferences = preferencesOf(request.headers.cookie)
  return renderDocument({
    title: `${content.title} · ${PRODUCT}`,
    preferences,
    csrf: viewer?.csrfToken ?? '',
    assets: await consoleAssets(request.log),
    body: Layout({ ...content, preferences, entries: viewer === undefined ? [] : entriesFor(app, viewer) }),
  })
}

function entriesFor(app: HttpApp, viewer: Visitor) {
  const pages = registered.get(app) ?? []
  return NAVIGATION.filter((entry) =>
    pages.some(({ path, access }) => path === entry.path && mayActAs(viewer.role, access)),
  )
}
