import { MarkedText } from '../web/components/marked-text.ts'
import { Table } from '../web/components/table.ts'
import { Age } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import type { EventView } from './event-views.ts'

/** Events of one topic with what came of them lately. */
export function EventTable({
  topic,
  events,
}: {
  readonly topic: string
  readonly events: readonly EventView[]
}): VNode {
  return Table<EventView>({
    caption: `Events of ${topic}`,
    rows: events,
    keyOf: ({ name }) => name,
    empty: 'It has no events.',
    columns: [
      { head: 'Event', cell: ({ name }) => html`<a href=${eventPath(name)}>${name}</a>` },
      { head: 'Last 15 min', kind: 'number', cell: ({ last15Minutes }) => countText(last15Minutes) },
      {
        head: 'Last seen',
        cell: ({ lastSeenAt }) =>
          lastSeenAt === null ? html`<span class="note">not lately</span>` : html`<${Age} since=${lastSeenAt} /> ago`,
      },
      { head: 'Version', kind: 'number', cell: ({ version }) => version },
      {
        head: 'Acted on by',
        cell: ({ consumers }) =>
          consumers.length === 0
            ? html`<span class="note">nobody</span>`
            : consumers.map(({ service }) => service.replace(/-service$/, '')).join(', '),
      },
      {
        head: 'Personal',
        cell: ({ personalFields }) =>
          personalFields.length === 0
            ? '–'
            : html`<span class="badge badge-warn" title=${personalFields.join(', ')}>${personalFields.length} field${personalFields.length === 1 ? '' : 's'}</span>`,
      },
      { head: 'What it says', kind: 'grow', cell: ({ description }) => html`<${MarkedText} text=${description} />` },
    ],
  })
}

export const eventPath = (name: string): string => `/events/${name}`

export const countText = ({ count, exact }: EventView['last15Minutes']): string =>
  `${exact ? '' : '≈ '}${numberText(count)}`
