import { Notice } from '../web/components/notice.ts'
import { Section } from '../web/components/section.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import { numberText } from '../web/number-text.ts'
import { EventTable } from './event-table.ts'
import type { EventsView } from './event-views.ts'

export interface EventCatalogueProps {
  readonly initial: EventsView
}

const WHY = {
  type: 'its topic has no event of this name',
  version: 'its version is later than the contract’s: the reading services are to be updated',
  'no event': 'no JSON object',
} as const

/** All events by topic, with what came of them while one looks. */
export function Island({ initial }: EventCatalogueProps): VNode {
  const { events, unknown } = useLatest<EventsView>('events', initial)
  const byTopic = Map.groupBy(events, ({ topic }) => topic)
  return html`
    ${unknown.map(
      ({ topic, type, version, why, count, partition, offset }) => html`<${Notice} kind="warn">
        ${type ?? 'A record'}${version !== null && ` of version ${version}`} in ${topic}: ${WHY[why]}. ${numberText(count)} lately, the newest at
        ${' '}<a href=${`/messages/${topic}/${partition}/${offset}`}>${partition}@${offset}</a>.
      <//>`,
    )}
    ${[...byTopic].map(
      ([topic, ofTopic]) => html`<${Section} id=${topic} title=${html`<a href=${`/messages/${topic}`}>${topic}</a>`}
        note=${html`${ofTopic[0]?.producer} → key ${ofTopic[0]?.key}`}><${EventTable} topic=${topic} events=${ofTopic} /><//>`,
    )}
  `
}
