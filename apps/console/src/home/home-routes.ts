import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { mayActAs } from '../access/roles.ts'
import { viewerOf } from '../access/viewer.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import { Island as Feed } from './feed.island.ts'
import { Island as Home } from './home.island.ts'
import type { HomeDesk } from './home-desk.ts'
import { ERROR_BUDGET } from './order-figures.ts'

export const HOME_API = '/ops/api/home'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Text = Type.String()
const HomeBody = Type.Object({
  at: Text,
  health: Type.Object({ kind: Text, sentence: Text }),
  figures: Type.Object({
    perMinute: Nullable(Type.Number({ description: 'Orders placed in the last minute' })),
    course: Type.Array(Nullable(Type.Number())),
    p50Seconds: Nullable(Type.Number()),
    p95Seconds: Nullable(Type.Number()),
    judged: Type.Number({ description: 'Orders of the last hour that ended, or whose time ran out' }),
    missedShare: Nullable(Type.Number({ description: 'Share of them that were late or are stuck' })),
  }),
  alerts: Type.Array(Type.Object({ name: Text, severity: Text, summary: Text, since: Text, href: Text })),
  stuckCount: Type.Integer(),
  openDeadLetters: Type.Integer(),
  stuck: Nullable(Type.Array(Type.Object({ orderId: Text, status: Text, since: Text, sentence: Text }))),
  services: Type.Array(Type.Object({ name: Text, state: Text, detail: Text })),
})

export function homeRoutes(app: HttpApp, desk: HomeDesk): void {
  page(app, {
    path: '/',
    access: 'viewer',
    title: 'Home',
    nav: 'home',
    render: async (_request, viewer) => ({
      json: HOME_API,
      body: html`
        ${island('home', Home, { initial: await desk.read(viewer), errorBudget: ERROR_BUDGET })}
        ${island('feed', Feed, { mayFollow: mayActAs(viewer.role, 'support') })}
      `,
    }),
  })

  app.get(
    HOME_API,
    {
      config: { access: 'viewer' },
      schema: { summary: 'How the platform is, in one sentence and a few figures', response: { 200: HomeBody } },
    },
    async (request) => {
      const { figures, alerts, stuck, services, ...rest } = await desk.read(viewerOf(request))
      return {
        ...rest,
        figures: { ...figures, course: [...figures.course] },
        alerts: [...alerts],
        stuck: stuck && [...stuck],
        services: [...services],
      }
    },
  )
}
