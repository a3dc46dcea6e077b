import { randomUUIDv7 } from 'node:crypto'
import { TOPICS } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Island as PayloadEdit } from '../../dead-letters/payload-edit.island.ts'
import { Notice } from '../../web/components/index.ts'
import { html } from '../../web/html.ts'
import { island } from '../../web/island.ts'
import { page } from '../../web/page.ts'
import type { MessageDesk } from '../message-desk.ts'
import { ByTopic } from '../message-schemas.ts'
import { messageView } from '../message-view.ts'
import { messagePath, topicPath } from '../paths.ts'
import { messageProblem } from '../problems.ts'
import { exampleOf, isContractTopic, resendOf } from './publishable.ts'

/** A form with an example, or with a record that is there. */
export function publishPage(desk: MessageDesk, app: HttpApp): void {
  page(app, {
    path: '/messages/:topic/publish',
    access: 'developer',
    title: 'Publish',
    nav: 'messages',
    params: ByTopic,
    query: Type.Object({
      event: Type.Optional(Type.String({ maxLength: 100 })),
      like: Type.Optional(Type.String({ pattern: '^\\d{1,5}@\\d{1,19}$' })),
    }),
    render: async (request, viewer) => {
      const { topic } = request.params
      const { event, like } = request.query
      if (!isContractTopic(topic)) throw messageProblem('TOPIC_NOT_FOUND', `There is no contract of a topic ${topic}`)
      const { events, defaultType } = TOPICS[topic]
      const chosen = event ?? defaultType
      const value =
        like === undefined ? exampleOf(chosen, randomUUIDv7, new Date()) : await likeRecord(desk, request, topic, like)
      if (value === undefined) throw messageProblem('PAYLOAD_REFUSED', `There is no event ${chosen}`)
      return {
        title: like === undefined ? `Publish to ${topic}` : `Send ${like} of ${topic} again`,
        lead: html`Every service that reads <a href=${topicPath(topic)}>${topic}</a> acts on it, as if ${TOPICS[topic].owner} had published it.`,
        body: html`
          ${
            like === undefined
              ? html`<form class="filters"><label>Example <select name="event">${events.map((name) => html`<option selected=${name === chosen}>${name}</option>`)}</select></label><button type="submit">Show</button></form>`
              : html`<${Notice} kind="info">It has a new eventId: with the old one every group would take it for a repetition, and pass it over. <a href=${messagePath({ topic, ...placeOf(like) })}>The record as it is</a><//>`
          }
          <form method="post" action=${`${topicPath(topic)}/publish`}>
            <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
            ${island('payload-edit', PayloadEdit, { text: JSON.stringify(value, undefined, 2) })}
            <label class="field"><span>Reason <small>goes to the audit</small></span>
              <input name="reason" required minlength="3" maxlength="500" autocomplete="off" /></label>
            <p class="after-field"><button type="submit" class="primary">Publish</button></p>
          </form>
        `,
      }
    },
  })
}

/** @throws ProblemError MESSAGE_MASKED: who has not unmasked the record cannot send it again */
async function likeRecord(desk: MessageDesk, request: FastifyRequest, topic: string, like: string) {
  const place = { topic, ...placeOf(like) }
  const { value, masked } = messageView(
    await desk.search.find(topic, place.partition, BigInt(place.offset)),
    desk.maskOf(request, place),
  )
  if (masked) {
    throw messageProblem(
      'MESSAGE_MASKED',
      `${like} of ${topic} holds personal values: unmask it first, at ${messagePath(place)}`,
    )
  }
  const json = value?.json
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw messageProblem('PAYLOAD_REFUSED', `${like} of ${topic} is no JSON object`)
  }
  return resendOf(json as Readonly<Record<string, unknown>>, randomUUIDv7, new Date())
}

function placeOf(like: string): { partition: number; offset: string } {
  const [partition = '', offset = ''] = like.split('@')
  return { partition: Number(partition), offset }
}
