import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { SearchScope } from './explain-search.ts'
import { explainSearch } from './explain-search.ts'
import type { SearchEvent, SearchPlan } from './message-search.ts'
import { scopeOf } from './message-search.ts'

/**
 * A search as server-sent events: `PHASE` says what will be read, `MESSAGE` is one record, `CONSUMING` how far it is, `DONE` how it ended and where it goes on.
 * Nothing is read ahead of a client that does not take what it was sent.
 */
export function sendSearch(reply: FastifyReply, plan: SearchPlan, events: AsyncIterable<SearchEvent>): FastifyReply {
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(searchEvents(plan, events)))
}

async function* searchEvents(plan: SearchPlan, events: AsyncIterable<SearchEvent>): AsyncGenerator<string> {
  const scope = scopeOf(plan)
  yield serverSent('PHASE', scope)
  try {
    for await (const event of events) yield textOf(scope, event)
  } catch (error) {
    yield serverSent('FAILED', { detail: (error as Error).message })
  }
}

function textOf(scope: SearchScope, event: SearchEvent): string {
  if (event.kind === 'message') return serverSent('MESSAGE', event.message.view)
  const { kind, ...data } = event
  if (kind === 'progress') return serverSent('CONSUMING', data)
  return serverSent('DONE', { ...data, explanation: explainSearch(scope, event) })
}

const serverSent = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
