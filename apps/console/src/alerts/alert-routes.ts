import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { viewerOf } from '../access/viewer.ts'
import { asJson } from '../dead-letters/views.ts'
import type { AlertDesk } from './alert-desk.ts'
import {
  AlertsSchema,
  ChartSchema,
  EpisodeSchema,
  Fingerprint,
  HistoryQuery,
  Note,
  RuleSchema,
  SilenceBody,
  SilenceId,
  SilenceSchema,
  TargetSchema,
} from './alert-schemas.ts'
import { alertsText } from './alert-text.ts'

const BASE = '/ops/api/alerts'
const TAGS = ['alerts']
const READ = { access: 'viewer' } as const
const ACT = { access: 'operator' } as const

export function alertRoutes(desk: AlertDesk, app: HttpApp): void {
  readRoutes(desk, app)
  actRoutes(desk, app)
}

function readRoutes(desk: AlertDesk, app: HttpApp): void {
  app.get(
    BASE,
    {
      config: READ,
      schema: {
        summary: 'What is pending and what fires, the most urgent first',
        tags: TAGS,
        response: { 200: AlertsSchema },
      },
    },
    (request) => asJson(desk.frame(viewerOf(request).role)),
  )

  app.get(`${BASE}.txt`, { config: READ, schema: { summary: 'The same as text', tags: TAGS } }, (request, reply) => {
    reply.header('content-type', 'text/plain; charset=utf-8')
    return alertsText(desk.frame(viewerOf(request).role))
  })

  app.get(
    `${BASE}/rules`,
    {
      config: READ,
      schema: {
        summary: 'All rules and their states',
        tags: TAGS,
        response: { 200: Type.Object({ rules: Type.Array(RuleSchema) }) },
      },
    },
    () => asJson({ rules: desk.rules() }),
  )

  app.get(
    `${BASE}/rules/:name/chart`,
    {
      config: READ,
      schema: {
        summary: 'What a rule compares, over the last quarter of an hour, and with which threshold',
        tags: TAGS,
        params: Type.Object({ name: Type.String({ maxLength: 100 }) }),
        response: { 200: ChartSchema },
      },
    },
    (request) => {
      const { times, ...rest } = desk.chart(request.params.name)
      return asJson({ ...rest, times: times.map((atMs) => new Date(atMs)) })
    },
  )

  app.get(
    `${BASE}/history`,
    {
      config: READ,
      schema: {
        summary: 'What has fired, the newest first',
        tags: TAGS,
        querystring: HistoryQuery,
        response: { 200: Type.Object({ episodes: Type.Array(EpisodeSchema), next: Type.Optional(Type.String()) }) },
      },
    },
    async (request) => {
      const { before, alertname, limit } = request.query
      const { episodes, next } = await desk.history(
        { limit, ...(before && { before: new Date(before) }), ...(alertname && { alertname }) },
        viewerOf(request).role,
      )
      return asJson({ episodes, ...(next !== undefined && { next }) })
    },
  )

  app.get(
    `${BASE}/targets`,
    {
      config: READ,
      schema: {
        summary: 'What is scraped, and whether it answers',
        tags: TAGS,
        response: { 200: Type.Object({ targets: Type.Array(TargetSchema) }) },
      },
    },
    () => asJson({ targets: desk.targets() }),
  )

  app.get(
    `${BASE}/silences`,
    {
      config: READ,
      schema: {
        summary: 'Silences, the newest first',
        tags: TAGS,
        response: { 200: Type.Object({ silences: Type.Array(SilenceSchema) }) },
      },
    },
    async (request) => asJson({ silences: await desk.silences(viewerOf(request).role) }),
  )
}

function actRoutes(desk: AlertDesk, app: HttpApp): void {
  app.post(
    `${BASE}/:fingerprint/acknowledge`,
    {
      config: ACT,
      schema: {
        summary: 'Somebody is at it: a firing alert is not told again until it is over',
        tags: TAGS,
        params: Type.Object({ fingerprint: Fingerprint }),
        body: Note,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await desk.acknowledge(request.params.fingerprint, request.body.note, viewerOf(request))
      return reply.code(204).send(null)
    },
  )

  app.post(
    `${BASE}/silences`,
    {
      config: ACT,
      schema: {
        summary: 'Nobody is told of the alerts that all matchers fit',
        tags: TAGS,
        body: SilenceBody,
        response: { 201: SilenceSchema },
      },
    },
    async (request, reply) => reply.code(201).send(asJson(await desk.silence(request.body, viewerOf(request)))),
  )

  app.post(
    `${BASE}/silences/:id/expire`,
    {
      config: ACT,
      schema: {
        summary: 'Ends a silence now',
        tags: TAGS,
        params: Type.Object({ id: SilenceId }),
        response: { 200: SilenceSchema },
      },
    },
    async (request) => asJson(await desk.expireSilence(request.params.id, viewerOf(request))),
  )
}
