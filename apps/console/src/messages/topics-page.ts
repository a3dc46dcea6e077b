import type { HttpApp } from '@stocker/service-kit'
import { mayActAs } from '../access/roles.ts'
import { groupPage } from '../consumers/paths.ts'
import { Table } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { bytesText, numberText } from '../web/number-text.ts'
import { page } from '../web/page.ts'
import type { MessageDesk } from './message-desk.ts'
import { topicPath } from './paths.ts'
import type { ListedTopic } from './topic-list.ts'

export function topicsPage(desk: MessageDesk, app: HttpApp): void {
  page(app, {
    path: '/messages',
    access: 'viewer',
    title: 'Messages',
    nav: 'messages',
    render: async (_request, viewer) => {
      const { topics, sizeProblems } = await desk.topics()
      const opens = mayActAs(viewer.role, 'support')
      return {
        lead: [
          `${topics.length} topics. Looking into one commits nothing: no group and no lag changes by it.`,
          ...sizeProblems.map((problem) => `Sizes are not known: ${problem}.`),
        ].join(' '),
        json: '/ops/api/messages',
        body: Table<ListedTopic>({
          caption: 'Topics, those of the contracts first',
          rows: topics,
          keyOf: ({ name }) => name,
          empty: 'The broker has no topics.',
          columns: [
            { head: 'Topic', cell: ({ name }) => (opens ? html`<a href=${topicPath(name)}>${name}</a>` : name) },
            { head: 'Written by', cell: ({ owner }) => owner ?? '–' },
            { head: 'Partitions', kind: 'number', cell: ({ partitions }) => partitions },
            { head: 'Records', kind: 'number', cell: ({ records }) => numberText(records) },
            {
              head: 'Size',
              kind: 'number',
              cell: ({ bytes }) => (bytes === undefined ? '–' : bytesText(bytes)),
            },
            {
              head: 'Read by',
              kind: 'grow',
              cell: ({ readers }) => (readers.length === 0 ? '–' : html`<${Readers} readers=${readers} />`),
            },
            { head: 'What it is', kind: 'grow', cell: ({ description }) => description ?? '' },
          ],
        }),
      }
    },
  })
}

function Readers({ readers }: Pick<ListedTopic, 'readers'>): VNode {
  return html`<span class="readers">${readers.map(
    ({ group, lag }) =>
      html`<a href=${groupPage(group)}>${group}<span class=${`badge ${lag > 0 ? 'badge-warn' : ''}`}>${lag === 0 ? 'no lag' : `${numberText(lag)} wait`}</span></a>`,
  )}</span>`
}
