import type { EventField } from '@stocker/contracts'
import { EVENTS } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import { mayActAs } from '../access/roles.ts'
import { groupPage } from '../consumers/paths.ts'
import { topicPath } from '../messages/paths.ts'
import { Age, Facts, JsonText, MarkedText, Section, Table } from '../web/components/index.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { numberText } from '../web/number-text.ts'
import { page } from '../web/page.ts'
import { Island as EventCatalogue } from './event-catalogue.island.ts'
import type { EventDesk } from './event-desk.ts'
import { viewOf } from './event-routes.ts'
import { ByEvent } from './event-schemas.ts'
import { countText } from './event-table.ts'

export function eventPages({ events, catalogue }: EventDesk, app: HttpApp): void {
  page(app, {
    path: '/events',
    access: 'viewer',
    title: 'Events',
    nav: 'events',
    render: async () => {
      const view = await events()
      const came = view.events.reduce((sum, { last15Minutes }) => sum + last15Minutes.count, 0)
      return {
        lead: `${view.events.length} events of the contracts; ${numberText(came)} came in the last 15 minutes. ≈ is an estimate by a sample of the topic.`,
        json: '/ops/api/events',
        actions: html`<a class="button" href="/asyncapi.json">AsyncAPI</a>`,
        body: island('event-catalogue', EventCatalogue, { initial: view }),
      }
    },
  })

  page(app, {
    path: '/events/:name',
    access: 'viewer',
    title: 'Event',
    nav: 'events',
    params: ByEvent,
    render: async (request, viewer) => {
      const { name } = request.params
      const { topic, key, version, description, producer, consumers, last15Minutes, lastSeenAt } = viewOf(
        await events(),
        name,
      )
      const { fields = [] } = catalogue.find((entry) => entry.name === name) ?? {}
      return {
        title: name,
        lead: html`<${MarkedText} text=${description} />`,
        json: `/ops/api/events/${name}`,
        actions: html`
          ${mayActAs(viewer.role, 'support') && html`<a class="button" href=${`${topicPath(topic)}?type=${name}`}>Its records</a>`}
          ${mayActAs(viewer.role, 'developer') && html`<a class="button" href=${`${topicPath(topic)}/publish?event=${name}`}>Publish an example…</a>`}
        `,
        body: html`
          <${Facts} items=${[
            ['Topic', html`<a href=${topicPath(topic)}>${topic}</a>`],
            ['Key', html`<code>${key}</code>`],
            ['Version', version === 1 ? '1' : `${version}; readers take all from 1 on`],
            ['Written by', producer],
            [
              'Acted on by',
              consumers.length === 0
                ? 'nobody'
                : consumers.map(
                    ({ service, group }, at) => html`${at > 0 && ', '}<a href=${groupPage(group)}>${service}</a>`,
                  ),
            ],
            ['In the last 15 min', countText(last15Minutes)],
            ['Last seen', lastSeenAt === null ? 'not lately' : html`<${Age} since=${lastSeenAt} /> ago`],
          ]} />
          <${Section} id="fields" title="Fields" note="beside those that every event has">
            ${Table<EventField>({
              caption: 'Fields',
              rows: fields,
              keyOf: ({ path }) => path,
              empty: 'It has no fields of its own.',
              columns: [
                { head: 'Field', cell: ({ path }) => html`<code>${path}</code>` },
                { head: 'Holds', cell: ({ holds }) => holds },
                { head: 'Required', cell: ({ required }) => (required ? 'yes' : 'no') },
                {
                  head: 'Personal',
                  cell: ({ personal }) => (personal ? html`<span class="badge badge-warn">personal</span>` : '–'),
                },
                {
                  head: 'What it is',
                  kind: 'grow',
                  cell: (field) => html`<${MarkedText} text=${field.description} />`,
                },
              ],
            })}
          <//>
          <${Section} id="example" title="Example" note="of no real person">
            <${JsonText} value=${EVENTS[name].sample} label="Example" />
          <//>
        `,
      }
    },
  })
}
