import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { viewerOf } from '../access/viewer.ts'
import type { SubscribableHub } from './create-stream-hub.ts'
import { EventStream } from './event-stream.ts'
import { streamProblem } from './problems.ts'

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would collect what should arrive at once.
  'x-accel-buffering': 'no',
} as const

const STREAM = {
  200: {
    description:
      'Data is JSON: the newest value of a channel, or a list of its new items. An event `gap` says that some of `channel` are missing.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  },
}

const MAX_CHANNELS = 20
/** Tabs that may listen at once. */
const MAX_STREAMS = 200

/** `GET /ops/stream?ch=home,order:1042`: what happens in these channels, as server-sent events named like them. */
export function streamRoute(app: HttpApp, hub: SubscribableHub, stopping: AbortSignal): void {
  const streams = new Set<EventStream>()
  stopping.addEventListener('abort', () => {
    for (const stream of streams) stream.end()
  })
  app.get(
    '/ops/stream',
    {
      config: { access: 'viewer', waits: true },
      schema: {
        summary: 'What happens now, as server-sent events; each is named like its channel',
        querystring: Type.Object({
          ch: Type.String({
            minLength: 1,
            maxLength: 4_000,
            description: 'channels by commas, each percent-encoded where it holds a comma itself: `home,order:1042`',
          }),
        }),
        response: STREAM,
      },
    },
    (request, reply) => {
      const addresses = request.query.ch.split(',').map(decoded)
      if (addresses.length > MAX_CHANNELS) {
        throw streamProblem(
          'TOO_MANY_CHANNELS',
          `A stream has ${MAX_CHANNELS} channels at most, not ${addresses.length}.`,
        )
      }
      if (streams.size >= MAX_STREAMS)
        throw streamProblem('TOO_MANY_STREAMS', `${MAX_STREAMS} tabs are listening already.`)
      const stream = new EventStream()
      let leave: () => void
      try {
        leave = hub.subscribe(addresses, viewerOf(request), stream)
      } catch (error) {
        stream.destroy()
        throw error
      }
      streams.add(stream)
      stream.on('close', () => {
        streams.delete(stream)
        leave()
      })
      return reply.headers(HEADERS).send(stream)
    },
  )
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
