import { Sparkline } from '../web/components/sparkline.ts'
import { Status } from '../web/components/status.ts'
import { Table } from '../web/components/table.ts'
import { Duration } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import type { GroupSummary } from './consumer-views.ts'
import { wordOf } from './group-words.ts'
import { groupPage } from './paths.ts'

/** Groups in this order. */
export function GroupsTable({ groups }: { readonly groups: readonly GroupSummary[] }): VNode {
  return Table<GroupSummary>({
    caption: 'Consumer groups',
    columns: [
      {
        head: 'Group',
        cell: ({ group, service }) =>
          html`<a href=${groupPage(group)}>${group}</a>${
            service !== undefined && html` <span class="badge">${service}</span>`
          }`,
      },
      {
        head: 'State',
        cell: (group) => {
          const { kind, word } = wordOf(group)
          return html`<${Status} kind=${kind} title=${group.detail}>${word}<//>`
        },
      },
      { head: 'Members', kind: 'number', cell: ({ members }) => numberText(members) },
      { head: 'Waiting', kind: 'number', cell: ({ lag }) => numberText(lag) },
      {
        head: 'First since',
        kind: 'number',
        cell: ({ lag, lagSeconds }) =>
          lag === 0 ? '–' : lagSeconds === null ? 'unknown' : html`<${Duration} ms=${lagSeconds * 1000} />`,
      },
      { head: 'Last 10 minutes', cell: ({ history }) => Course({ history }) },
      {
        head: 'What',
        kind: 'grow',
        cell: (group) => whyOf(group),
      },
    ],
    rows: groups,
    keyOf: ({ group }) => group,
    empty: 'No group reads from the cluster, or it was not looked at yet: that happens within seconds of the start.',
    markOf: (group) => {
      const { kind } = wordOf(group)
      return kind === 'bad' || kind === 'warn' ? kind : undefined
    },
  })
}

function whyOf({ status, detail, stopped, failing, parked, topics }: GroupSummary): string {
  if (stopped) return `An operator has stopped its listener. ${status === 'ok' ? '' : detail}`.trim()
  if (status !== 'ok') return detail
  if (failing > 0) return `${numberText(failing)} records fail and are tried again; ${numberText(parked)} wait.`
  const [first = 'nothing', ...others] = topics
  return others.length === 0 ? `Reads ${first}.` : `Reads ${first} and ${numberText(others.length)} more.`
}

function Course({ history }: Pick<GroupSummary, 'history'>): VNode {
  const known = history.filter((lag) => lag !== null)
  const label =
    known.length === 0
      ? 'Nothing is known of the last 10 minutes'
      : `Waiting records in the last 10 minutes, ${numberText(Math.min(...known))} to ${numberText(Math.max(...known))}, now ${numberText(known.at(-1) ?? 0)}`
  return Sparkline({ values: history.map((lag) => lag ?? undefined), label, max: 10 })
}
