import { Readable } from 'node:stream'
import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { viewerOf } from '../access/viewer.ts'
import type { BrowseEnd, BrowseProgress } from './browse/browse.ts'
import { explainSearch } from './explain-search.ts'
import type { MessageDesk } from './message-desk.ts'
import {
  ByPlace,
  ByTopic,
  MessagePage,
  MessageSchema,
  messageQuery,
  SearchParameters,
  TopicListSchema,
} from './message-schemas.ts'
import type { SearchEvent, SearchPlan } from './message-search.ts'
import { scopeOf } from './message-search.ts'
import type { MessageView } from './message-view.ts'
import { messageView } from './message-view.ts'
import { sendSearch } from './search-stream.ts'

const BASE = '/ops/api/messages'

export function messageRoutes({ search, topics, listMask, maskOf }: MessageDesk, app: HttpApp): void {
  app.get(
    BASE,
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Topics of the broker: partitions, records, size, and the groups that read them',
        response: { 200: TopicListSchema },
      },
    },
    async () => {
      const list = await topics()
      return {
        topics: list.topics.map(({ readers, ...rest }) => ({ ...rest, readers: [...readers] })),
        sizeProblems: [...list.sizeProblems],
      }
    },
  )

  app.get(
    `${BASE}/:topic`,
    {
      config: { access: 'support', waits: true },
      schema: {
        summary: 'Records of a topic that fulfil all conditions, by time; says what was read and why it is not more',
        description:
          'Conditions are about what you may see: what is masked is not found. Nothing is committed; no group sees it.',
        params: ByTopic,
        querystring: SearchParameters,
        response: { 200: MessagePage },
      },
    },
    async (request) => {
      const query = messageQuery(request.params.topic, request.query, Date.now())
      const plan = await search.plan(query)
      return collect(plan, search.search(query, plan, listMask(viewerOf(request)), { signal: leaving(request) }))
    },
  )

  app.get(
    `${BASE}/:topic/stream`,
    {
      config: { access: 'support', waits: true },
      schema: {
        summary: 'The same as server-sent events: PHASE, MESSAGE, CONSUMING, DONE',
        params: ByTopic,
        querystring: SearchParameters,
      },
    },
    async (request, reply) => {
      const query = messageQuery(request.params.topic, request.query, Date.now())
      const plan = await search.plan(query)
      return sendSearch(
        reply,
        plan,
        search.search(query, plan, listMask(viewerOf(request)), { signal: leaving(request) }),
      )
    },
  )

  app.get(
    `${BASE}/:topic/download`,
    {
      config: { access: 'operator', waits: true },
      schema: {
        summary: 'The same as a file, one JSON object a line; masked as it is on the screen',
        params: ByTopic,
        querystring: SearchParameters,
      },
    },
    async (request, reply) => {
      const query = messageQuery(request.params.topic, request.query, Date.now())
      const plan = await search.plan(query)
      const name = query.topic.replaceAll(/[^\w.-]/g, '_')
      return reply
        .header('content-type', 'application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}.ndjson"`)
        .send(
          Readable.from(lines(search.search(query, plan, listMask(viewerOf(request)), { signal: leaving(request) }))),
        )
    },
  )

  app.get(
    `${BASE}/:topic/:partition/:offset`,
    {
      config: { access: 'support' },
      schema: { summary: 'One record', params: ByPlace, response: { 200: MessageSchema } },
    },
    async (request) => {
      const { topic, partition, offset } = request.params
      return forAnswer(
        messageView(await search.find(topic, partition, BigInt(offset)), maskOf(request, request.params)),
      )
    },
  )
}

/** Aborted when the client is gone: nobody reads on for it. */
function leaving(request: FastifyRequest): AbortSignal {
  const gone = new AbortController()
  request.raw.once('close', () => gone.abort())
  return gone.signal
}

async function collect(plan: SearchPlan, events: AsyncIterable<SearchEvent>) {
  const messages: MessageView[] = []
  let done: (BrowseProgress & { end: BrowseEnd; cursor: string | undefined }) | undefined
  for await (const event of events) {
    if (event.kind === 'message') messages.push(event.message.view)
    if (event.kind === 'done') done = event
  }
  if (!done) throw new Error('a search ended without saying so')
  const { end, cursor, records, bytes, elapsedMs, matched, missed } = done
  return {
    messages: messages.map(forAnswer),
    records,
    bytes,
    elapsedMs,
    matched,
    missed: { ...missed },
    end,
    ...(cursor !== undefined && { cursor }),
    explanation: explainSearch(scopeOf(plan), done),
  }
}

async function* lines(events: AsyncIterable<SearchEvent>): AsyncGenerator<string> {
  for await (const event of events) if (event.kind === 'message') yield `${JSON.stringify(event.message.view)}\n`
}

const forAnswer = ({ headers, ...rest }: MessageView) => ({ ...rest, headers: [...headers] })
