import type { DeadLetterGroup, RedriveStatus } from '@stocker/dead-letters'
import { DEAD_LETTER_STATES } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import { maskerFor } from '../access/masking.ts'
import { Age, Section, Sparkline, Status, Table } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import { page } from '../web/page.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { groupView } from './masked-views.ts'
import { groupPath, redrivePath } from './paths.ts'
import { STATE_WORDS } from './state-words.ts'
import { readTrends, TREND_WORDS } from './trends.ts'

const MOST_GROUPS = 100
const LATEST_REDRIVES = 5

/** All causes, the one seen last first: those that need somebody before those that are settled. */
export function groupsPage({ queries, figures, redrives }: DeadLetterDesk, app: HttpApp): void {
  page(app, {
    path: '/dead-letters',
    access: 'support',
    title: 'Dead letters',
    nav: 'dead-letters',
    render: async (request) => {
      const masker = maskerFor(request)
      const [found, latest] = await Promise.all([queries.groups({}, MOST_GROUPS), redrives.list(LATEST_REDRIVES)])
      const trends = await readTrends(figures, found)
      const groups = found.map((group) => ({ ...groupView(group, masker), trend: trends.get(group.fingerprint) ?? [] }))
      const isOpen = ({ byState }: (typeof groups)[number]): boolean => openOf(byState) > 0
      const [open, settled] = [groups.filter(isOpen), groups.filter((group) => !isOpen(group))]
      return {
        lead: leadOf(found),
        json: '/ops/api/dead-letters/groups',
        body: html`
          <${Section} id="open" title="Causes" note=${`trend: ${TREND_WORDS}`}>${GroupTable(open, 'No dead letter waits for anybody. One appears here when a group has failed at an event for good.')}<//>
          ${latest.length > 0 && html`<${Section} id="redrives" title="Latest redrives">${RedriveTable(latest)}<//>`}
          ${settled.length > 0 && html`<${Section} id="settled" title="Settled" note="all handled or discarded">${GroupTable(settled, '')}<//>`}
        `,
      }
    },
  })
}

type Group = ReturnType<typeof groupView> & { readonly trend: readonly number[] }

function GroupTable(groups: readonly Group[], empty: string): VNode {
  return Table<Group>({
    caption: 'Dead letters with the same cause together, the one seen last first',
    rows: groups,
    keyOf: ({ fingerprint }) => fingerprint,
    markOf: ({ byState }) => ((byState.NEW ?? 0) > 0 ? 'bad' : undefined),
    empty,
    columns: [
      {
        head: 'Cause',
        kind: 'grow',
        cell: ({ fingerprint, errorClass, errorMessage }) =>
          html`<a href=${groupPath(fingerprint)}>${shortClass(errorClass)}</a> <span class="note">${errorMessage}</span>`,
      },
      { head: 'Group that failed', cell: ({ consumerGroup }) => (consumerGroup === '' ? 'not named' : consumerGroup) },
      { head: 'Topic', cell: ({ topic }) => topic },
      { head: 'States', cell: ({ byState }) => html`<${StateCounts} counts=${byState} />` },
      {
        head: 'Trend',
        cell: ({ trend, deadLetters }) =>
          Sparkline({ values: trend, label: `${sum(trend)} of ${deadLetters} ${TREND_WORDS}`, width: 96 }),
      },
      { head: 'First seen', cell: ({ firstSeenAt }) => html`<${Age} since=${firstSeenAt} /> ago` },
      { head: 'Last seen', cell: ({ lastSeenAt }) => html`<${Age} since=${lastSeenAt} /> ago` },
    ],
  })
}

export function StateCounts({ counts }: { readonly counts: Readonly<Record<string, number>> }): VNode {
  return html`<span class="state-counts">
    ${DEAD_LETTER_STATES.filter((state) => (counts[state] ?? 0) > 0).map((state) =>
      Status({
        kind: STATE_WORDS[state].kind,
        children: `${numberText(counts[state] ?? 0)} ${STATE_WORDS[state].word}`,
        title: STATE_WORDS[state].means,
      }),
    )}
  </span>`
}

function RedriveTable(redrives: readonly RedriveStatus[]): VNode {
  return Table<RedriveStatus>({
    caption: 'Redrives, the newest first',
    rows: redrives,
    keyOf: ({ id }) => id,
    empty: '',
    columns: [
      { head: 'Redrive', cell: ({ id }) => html`<a href=${redrivePath(id)}>${id}</a>` },
      {
        head: 'State',
        cell: ({ endedAt, counts: { failed } }) =>
          endedAt === null
            ? Status({ kind: 'busy', children: 'under way' })
            : Status(
                failed > 0 ? { kind: 'bad', children: 'ended, with failures' } : { kind: 'ok', children: 'ended' },
              ),
      },
      {
        head: 'Handled',
        kind: 'number',
        cell: ({ counts }) => `${numberText(counts.handled)} of ${numberText(counts.total)}`,
      },
      { head: 'Failed again', kind: 'number', cell: ({ counts }) => numberText(counts.failed) },
      { head: 'By', cell: ({ requestedBy }) => requestedBy },
      { head: 'Begun', cell: ({ createdAt }) => html`<${Age} since=${createdAt} /> ago` },
      { head: 'Reason', kind: 'grow', cell: ({ reason }) => reason },
    ],
  })
}

function leadOf(groups: readonly DeadLetterGroup[]): string {
  const count = (state: keyof DeadLetterGroup['byState']): number => sum(groups.map(({ byState }) => byState[state]))
  const [fresh, busy, parked] = [count('NEW'), count('REDRIVING'), count('PARKED')]
  if (fresh + busy + parked === 0) return 'Nothing waits: every event was handled.'
  const parts = [
    fresh > 0 && `${numberText(fresh)} to be seen to`,
    busy > 0 && `${numberText(busy)} being sent again`,
    parked > 0 && `${numberText(parked)} parked`,
  ]
  return `${parts.filter((part) => part !== false).join(', ')}.`
}

/** Neither handled nor discarded. */
const openOf = (byState: Readonly<Record<string, number>>): number =>
  (byState.NEW ?? 0) + (byState.REDRIVING ?? 0) + (byState.PARKED ?? 0)

/** `com.example.OrderRefused` → `OrderRefused` */
export const shortClass = (name: string): string =>
  name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1) || name

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
