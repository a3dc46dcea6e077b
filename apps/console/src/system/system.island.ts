import type { DatabaseLock } from '../watched-locks.ts'
import { Age, Facts, OpenButton, Section, Status, Table } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import { bytesText, numberText } from '../web/number-text.ts'
import { durationText } from '../web/time-text.ts'
import type { DatabaseState } from './database-states.ts'
import type { ServiceState } from './service-states.ts'
import { STATE_KINDS } from './state-words.ts'
import type { BrokerState, SystemView } from './system-desk.ts'

export interface SystemProps {
  readonly initial: SystemView
  /** Whether the viewer may stop and start processes, and there is somebody who lets them. */
  readonly mayAct: boolean
  /** Whether the viewer may read logs, and the console knows where they are. */
  readonly hasLogs: boolean
}

/** Services, broker and databases, as they are now. */
export function Island({ initial, mayAct, hasLogs }: SystemProps): VNode {
  const { services, broker, databases, locks, parts } = useLatest<SystemView>('system', initial)
  const canAct = (name: string): boolean => mayAct && parts?.some((part) => part.name === name) === true
  return html`
    <${Section} id="services" title="Services">
      ${servicesTable(services, { canAct, hasLogs })}
    <//>
    ${
      locks.length > 0 &&
      html`<${Section} id="locks" title="Locks">
      ${locksTable(locks)}
    <//>`
    }
    <div class="columns columns-wide">
      <${Section} id="broker" title="Broker" actions=${canAct('kafka') && html`<${OpenButton} dialog="act-kafka">Act…<//>`}>
        ${brokerFacts(broker)}
      <//>
      <${Section} id="databases" title="Databases" actions=${canAct('postgres') && html`<${OpenButton} dialog="act-postgres">Act…<//>`}>
        ${databasesTable(databases)}
      <//>
    </div>
  `
}

interface Allowed {
  canAct(name: string): boolean
  readonly hasLogs: boolean
}

function servicesTable(services: readonly ServiceState[], { canAct, hasLogs }: Allowed): VNode {
  const acts = services.some(({ name }) => canAct(name)) || hasLogs
  return Table({
    caption: 'Services and their processes',
    rows: services,
    keyOf: ({ name }) => name,
    markOf: ({ state }) => (STATE_KINDS[state] === 'bad' ? 'bad' : STATE_KINDS[state] === 'warn' ? 'warn' : undefined),
    empty: 'No service is known: console.services says where they are.',
    columns: [
      { head: 'Service', cell: ({ name, url }) => html`<a href=${`${url}/docs`}>${name}</a>` },
      { head: 'State', cell: ({ state }) => Status({ kind: STATE_KINDS[state], children: state }) },
      { head: 'Detail', kind: 'grow', cell: componentsOf },
      {
        head: 'Up for',
        kind: 'number',
        cell: ({ startedAt }) => (startedAt === null ? '–' : Age({ since: startedAt })),
      },
      { head: 'Restarts', kind: 'number', cell: ({ restarts }) => restarts ?? '–' },
      { head: 'Heap', kind: 'number', cell: ({ heapBytes }) => (heapBytes === null ? '–' : bytesText(heapBytes)) },
      {
        head: 'Memory',
        kind: 'number',
        cell: ({ residentBytes }) => (residentBytes === null ? '–' : bytesText(residentBytes)),
      },
      {
        head: 'Loop delay',
        kind: 'number',
        cell: ({ eventLoopDelaySeconds }) => (eventLoopDelaySeconds === null ? '–' : delayText(eventLoopDelaySeconds)),
      },
      { head: 'Pid', kind: 'number', cell: ({ pid }) => pid ?? '–' },
      ...(acts
        ? [
            {
              head: 'Do',
              cell: ({ name }: ServiceState) => html`<span class="actions">
                ${hasLogs && html`<a href=${`/system/logs?service=${name}`}>Log</a>`}
                ${canAct(name) && html`<${OpenButton} dialog=${`act-${name}`}>Act…<//>`}
              </span>`,
            },
          ]
        : []),
    ],
  })
}

/** Sampled every 100 ms: what the timer itself takes is no delay of the loop. */
const delayText = (seconds: number): string => durationText(Math.max(0, seconds * 1_000 - 100))

function componentsOf({ detail, components }: ServiceState): VNode {
  if (components.length === 0) return html`<span>${detail}</span>`
  return html`<details class="components">
    <summary>${detail}</summary>
    <ul>
      ${components.map(({ name, up, detail: why }) => html`<li><${Status} kind=${up ? 'ok' : 'bad'}>${name}<//> <small>${why}</small></li>`)}
    </ul>
  </details>`
}

function brokerFacts({ up, detail, brokers, topics, partitions, withoutLeader, underReplicated }: BrokerState): VNode {
  return Facts({
    items: [
      ['State', Status({ kind: up ? 'ok' : 'bad', children: up ? 'answers' : 'away' })],
      [
        'Brokers',
        up
          ? brokers.map(({ nodeId, address }) => html`<div><code>${address}</code> <small>node ${nodeId}</small></div>`)
          : detail,
      ],
      ['Topics', `${topics} with ${partitions} partitions, the broker’s own among them`],
      ['Without a leader', Status({ kind: withoutLeader > 0 ? 'bad' : 'ok', children: numberText(withoutLeader) })],
      [
        'Under-replicated',
        Status({ kind: underReplicated > 0 ? 'warn' : 'ok', children: numberText(underReplicated) }),
      ],
    ],
  })
}

function locksTable(locks: readonly DatabaseLock[]): VNode {
  return Table({
    caption: 'Transactions that keep others out of a database',
    rows: locks,
    keyOf: ({ database, pid }) => `${database} ${pid}`,
    markOf: () => 'warn',
    empty: 'Nobody keeps others out.',
    columns: [
      { head: 'Database', cell: ({ database }) => database },
      {
        head: 'Held by',
        cell: ({ pid, application, state }) => html`<code>${pid}</code> ${application} <small>${state}</small>`,
      },
      { head: 'For', kind: 'number', cell: ({ since }) => Age({ since }) },
      { head: 'On', cell: ({ table }) => table ?? 'rows' },
      { head: 'Its statement', kind: 'grow', cell: ({ query }) => html`<code>${query}</code>` },
      {
        head: 'Who waits',
        kind: 'grow',
        cell: ({ waiting }) =>
          waiting.length === 0
            ? 'nobody at this moment'
            : waiting.map(
                ({ pid, application, query }) =>
                  html`<div><code>${pid}</code> ${application} <small><code>${query}</code></small></div>`,
              ),
      },
    ],
  })
}

function databasesTable(databases: readonly DatabaseState[]): VNode {
  return Table({
    caption: 'Databases of the services',
    rows: databases,
    keyOf: ({ service }) => service,
    markOf: ({ up }) => (up ? undefined : 'bad'),
    empty: 'No database is known.',
    columns: [
      { head: 'Of', cell: ({ service }) => service },
      { head: 'State', cell: ({ up }) => Status({ kind: up ? 'ok' : 'bad', children: up ? 'answers' : 'away' }) },
      {
        head: 'Database',
        cell: ({ database, up, detail }) => (up ? html`<span title=${detail}>${database}</span>` : detail),
      },
      { head: 'Size', kind: 'number', cell: ({ bytes }) => (bytes === null ? '–' : bytesText(bytes)) },
      { head: 'Connections', kind: 'number', cell: ({ connections }) => connections ?? '–' },
      {
        head: 'Migrations',
        kind: 'number',
        cell: ({ migrations, lastMigration }) =>
          html`<span title=${lastMigration ?? undefined}>${migrations ?? '–'}</span>`,
      },
    ],
  })
}
