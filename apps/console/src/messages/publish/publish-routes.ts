import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { viewerOf } from '../../access/viewer.ts'
import type { MessageDesk, MessagePlace } from '../message-desk.ts'
import { ByTopic } from '../message-schemas.ts'
import { messagePath, messagesApi } from '../paths.ts'
import { messageProblem } from '../problems.ts'
import { publishable } from './publishable.ts'

const Reason = Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' })

/** Puts events into topics by hand: for trying things out, and for mending what no program mends. */
export function publishRoutes({ publisher, actions }: MessageDesk, app: HttpApp): void {
  const publish = async (
    request: FastifyRequest,
    topic: string,
    value: unknown,
    reason: string,
  ): Promise<MessagePlace> => {
    const event = publishable(topic, value)
    if ('refused' in event) throw messageProblem('PAYLOAD_REFUSED', event.refused)
    const { key, eventId, eventType } = event
    const entry = {
      viewer: viewerOf(request),
      action: 'publish',
      target: `topic:${topic}`,
      reason,
      after: { eventType, eventId, key },
    }
    const { partition, offset } = await actions.perform(entry, () => publisher.send({ topic, key, value: event.value }))
    return { topic, partition, offset: String(offset) }
  }

  app.post(
    '/ops/api/messages/:topic',
    {
      config: { access: 'developer' },
      schema: {
        summary: 'Publishes an event; it must be one of the topic’s contract',
        description: 'The key is the field that the contract names. Who, what and why is kept in the audit.',
        params: ByTopic,
        body: Type.Object({ value: Type.Unknown(), reason: Reason }, { additionalProperties: false }),
        response: { 201: Type.Object({ topic: Type.String(), partition: Type.Integer(), offset: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { value, reason } = request.body
      const place = await publish(request, request.params.topic, value, reason)
      return reply
        .code(201)
        .header('location', messagesApi(place.topic, `/${place.partition}/${place.offset}`))
        .send(place)
    },
  )

  app.post(
    '/messages/:topic/publish',
    {
      config: { access: 'developer' },
      schema: {
        hide: true,
        params: ByTopic,
        body: Type.Object(
          { json: Type.String({ maxLength: 65_536 }), reason: Reason },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { json, reason } = request.body
      return reply.redirect(messagePath(await publish(request, request.params.topic, parsed(json), reason)), 303)
    },
  )
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw messageProblem('PAYLOAD_REFUSED', `It is no JSON: ${(error as Error).message}`)
  }
}
