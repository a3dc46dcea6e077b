import { Empty } from '../web/components/empty.ts'
import { Figure, Figures } from '../web/components/figure.ts'
import { Notice } from '../web/components/notice.ts'
import { Section } from '../web/components/section.ts'
import { Status } from '../web/components/status.ts'
import { Table } from '../web/components/table.ts'
import { Age, Duration, Time } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import type { GroupDetail } from './consumer-views.ts'
import { wordOf } from './group-words.ts'
import { LagChart } from './lag-chart.ts'

type Listener = NonNullable<GroupDetail['listener']>
type Partition = GroupDetail['partitions'][number]

/** Everything about one group. */
export function GroupBody({ group }: { readonly group: GroupDetail }): VNode {
  const { kind, word } = wordOf(group)
  const { lag, lagSeconds, members, failing, parked, listener, listenerProblem, status, detail, stopped } = group
  return html`
    ${stopped && html`<${Notice} kind=${kind}>An operator has stopped the listener of ${group.service}. ${detail}<//>`}
    ${!stopped && status !== 'ok' && html`<${Notice} kind=${kind}>${detail}<//>`}
    ${listenerProblem !== undefined && html`<${Notice} kind="warn">What its listener does is not known: ${listenerProblem}<//>`}
    <${Figures}>
      <${Figure} name="State" value=${html`<${Status} kind=${kind}>${word}<//>`} note=${`Kafka says ${group.state}`} />
      <${Figure} name="Waiting" value=${numberText(lag)} unit="records" />
      <${Figure}
        name="First since"
        value=${lag === 0 ? '–' : lagSeconds === null ? 'unknown' : html`<${Duration} ms=${lagSeconds * 1000} />`}
      />
      <${Figure} name="Members" value=${numberText(members)} />
      <${Figure} name="Failing" value=${numberText(failing)} note=${`${numberText(parked)} wait for a retry`} />
    <//>
    <${Section} id="lag" title="Lag" note="of the last 10 minutes"><${LagChart} points=${group.points} /><//>
    ${listener !== undefined && html`<${Handling} listener=${listener} />`}
    <${Section} id="partitions" title="Partitions">${Partitions(group)}<//>
    <${Section} id="members" title="Members">
      ${Table<GroupDetail['memberList'][number]>({
        caption: 'Members',
        columns: [
          { head: 'Client', cell: ({ clientId }) => clientId },
          { head: 'Host', kind: 'code', cell: ({ host }) => host },
          { head: 'Partitions', kind: 'number', cell: ({ partitions }) => numberText(partitions) },
          { head: 'Member', kind: 'code', cell: ({ memberId }) => memberId },
        ],
        rows: group.memberList,
        keyOf: ({ memberId }) => memberId,
        empty: 'Nobody is in the group: what comes waits in the topics.',
      })}
    <//>`
}

function Partitions({ partitions }: GroupDetail): VNode {
  return Table<Partition>({
    caption: 'Partitions that the group reads',
    columns: [
      {
        head: 'Partition',
        cell: ({ topic, partition }) =>
          html`<a href=${`/messages/${encodeURIComponent(topic)}?partition=${partition}`}>${topic}/${partition}</a>`,
      },
      { head: 'Waiting', kind: 'number', cell: ({ lag }) => numberText(lag) },
      {
        head: 'First since',
        kind: 'number',
        cell: ({ lag, lagSeconds }) =>
          lag === 0 ? '–' : lagSeconds === null ? 'unknown' : html`<${Duration} ms=${lagSeconds * 1000} />`,
      },
      {
        head: 'Goes on at',
        kind: 'number',
        cell: ({ committed }) => (committed === null ? 'never committed' : numberText(committed)),
      },
      { head: 'First', kind: 'number', cell: ({ logStart }) => numberText(logStart) },
      { head: 'End', kind: 'number', cell: ({ head }) => numberText(head) },
      { head: 'Read by', cell: ({ member }) => member ?? html`<span class="soft">nobody</span>` },
    ],
    rows: partitions.toSorted((a, b) => b.lag - a.lag),
    keyOf: ({ topic, partition }) => `${topic}/${partition}`,
    empty: 'The group has committed nothing and has no member.',
  })
}

function Handling({ listener: { inHand, failing } }: { readonly listener: Listener }): VNode {
  return html`<${Section} id="handling" title="In hand and failing">
    ${
      inHand.length === 0
        ? html`<${Empty}>The listener has nothing in hand at the moment.<//>`
        : inHand.map(
            ({ topic, partition, offset, type, records, since }) =>
              html`<p>
                Has ${records === 1 ? 'one record' : `${numberText(records)} records`} in hand for
                <strong> <${Age} since=${since} /></strong>, from ${topic}/${partition} offset ${offset}${type === null ? '' : ` (${type})`}.
              </p>`,
          )
    }
    ${
      failing.length > 0 &&
      Table<Listener['failing'][number]>({
        caption: 'Records that fail',
        columns: [
          {
            head: 'Record',
            cell: ({ topic, partition, offset }) =>
              html`<a href=${`/messages/${encodeURIComponent(topic)}/${partition}/${offset}`}>${topic}/${partition}@${offset}</a>`,
          },
          { head: 'Type', cell: ({ type }) => type ?? '–' },
          { head: 'Key', kind: 'code', cell: ({ key }) => key ?? '–' },
          { head: 'Attempts', kind: 'number', cell: ({ attempts }) => numberText(attempts) },
          {
            head: 'Next try',
            cell: ({ retryAt }) =>
              retryAt === null ? 'goes to the dead letters' : html`<${Time} at=${retryAt} form="time" />`,
          },
          { head: 'Error', kind: 'grow', cell: ({ error }) => error },
        ],
        rows: failing,
        keyOf: ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`,
        empty: '',
      })
    }
  <//>`
}
