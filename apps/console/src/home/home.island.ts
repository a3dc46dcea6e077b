import { useEffect } from 'preact/hooks'
import { STATE_KINDS } from '../system/state-words.ts'
import { announce } from '../web/announce.ts'
import { Age, Figure, Figures, Notice, Section, Sparkline, Status, Table } from '../web/components/index.ts'
import type { StatusKind } from '../web/components/status.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { useLatest } from '../web/live.ts'
import { numberText, percentText } from '../web/number-text.ts'
import { durationText } from '../web/time-text.ts'
import type { HomeAlert, HomeView, StuckLine } from './home-desk.ts'

export interface HomeProps {
  readonly initial: HomeView
  /** Share of orders that may miss their time. */
  readonly errorBudget: number
}

/** How the platform is, now. */
export function Island({ initial, errorBudget }: HomeProps): VNode {
  const view = useLatest<HomeView>('home', initial)
  const { health, alerts, stuck, services } = view
  useEffect(() => announce(health.sentence), [health.sentence])
  return html`
    <div class="health">${Notice({ kind: health.kind, children: html`<strong>${health.sentence}</strong>` })}</div>
    ${orderFigures(view, errorBudget)}
    <${Section} id="services" title=${html`<a href="/system">Services</a>`}>
      <ul class="strip">
        ${services.map(
          ({ name, state, detail }) =>
            html`<li key=${name} class=${`strip-${STATE_KINDS[state]}`} title=${detail}><span>${name}</span><${Status} kind=${STATE_KINDS[state]}>${state}<//></li>`,
        )}
      </ul>
    <//>
    <div class="columns">
      ${stuck !== null && stuckOrders(stuck, view.stuckCount)}
      ${firingAlerts(alerts)}
    </div>
  `
}

function orderFigures({ figures, stuckCount, openDeadLetters }: HomeView, errorBudget: number): VNode {
  const { perMinute, course, p50Seconds, p95Seconds, missedShare, judged } = figures
  const left = missedShare === null ? null : Math.max(0, 1 - missedShare / errorBudget)
  const known = course.filter((value) => value !== null)
  return Figures({
    children: html`
      ${Figure({
        name: 'Orders',
        value: perMinute === null ? '–' : numberText(Math.round(perMinute)),
        unit: '/min',
        note: Sparkline({
          values: course.map((value) => value ?? undefined),
          label: `Orders a minute in the last ${course.length} minutes, ${numberText(Math.min(0, ...known))} to ${numberText(Math.max(0, ...known))}`,
        }),
      })}
      ${Figure({
        name: 'Placed → delivered, p95',
        value: p95Seconds === null ? '–' : durationText(p95Seconds * 1_000),
        note:
          p50Seconds === null
            ? 'nothing was delivered in the last 15 min'
            : `p50 ${durationText(p50Seconds * 1_000)}, of the last 15 min`,
      })}
      ${Figure({
        name: 'Error budget left',
        value: left === null ? '–' : percentText(left),
        note:
          left === null
            ? 'no order has had its time yet'
            : `${percentText(errorBudget)} of orders may be late; ${numberText(Math.round(judged))} in the last hour`,
        ...kindOf(left === null ? undefined : left === 0 ? 'bad' : left < 0.5 ? 'warn' : 'ok'),
      })}
      ${Figure({
        name: 'Orders that do not move on',
        value: numberText(stuckCount),
        note: stuckCount === 0 ? 'none' : 'look at them below',
        kind: stuckCount === 0 ? 'ok' : 'bad',
        href: '/orders?attention=true',
      })}
      ${Figure({
        name: 'Dead letters',
        value: numberText(openDeadLetters),
        note: openDeadLetters === 0 ? 'none is open' : 'neither handled nor discarded',
        kind: openDeadLetters === 0 ? 'ok' : 'warn',
        href: '/dead-letters',
      })}
    `,
  })
}

const kindOf = (kind: StatusKind | undefined): { readonly kind?: StatusKind } => (kind === undefined ? {} : { kind })

function stuckOrders(stuck: readonly StuckLine[], count: number): VNode {
  return html`<${Section} id="stuck" title="Stuck orders" note=${count > stuck.length ? `${stuck.length} of ${count}` : undefined}>
    ${Table({
      caption: 'Orders that do not move on, the oldest first',
      rows: stuck,
      keyOf: ({ orderId }) => orderId,
      markOf: () => 'bad',
      empty: 'Every order moves on.',
      columns: [
        {
          head: 'Order',
          cell: ({ orderId }) =>
            html`<a href=${`/orders/${orderId}`} title=${orderId}><code>${orderId.slice(-8)}</code></a>`,
        },
        { head: 'For', kind: 'number', cell: ({ since }) => Age({ since }) },
        { head: 'What it waits for', kind: 'grow', cell: ({ sentence }) => sentence },
      ],
    })}
  <//>`
}

const SEVERITY: Readonly<Record<string, StatusKind>> = { page: 'bad', warn: 'warn', ticket: 'info' }

function firingAlerts(alerts: readonly HomeAlert[]): VNode {
  return html`<${Section} id="alerts" title=${html`<a href="/alerts">Alerts</a>`}>
    ${Table({
      caption: 'Alerts that fire',
      rows: alerts,
      keyOf: ({ name, summary }) => `${name} ${summary}`,
      empty: 'No alert fires.',
      columns: [
        { head: 'Alert', cell: ({ name, href }) => html`<a href=${href}>${name}</a>` },
        {
          head: 'Severity',
          cell: ({ severity }) => Status({ kind: SEVERITY[severity] ?? 'warn', children: severity }),
        },
        { head: 'For', kind: 'number', cell: ({ since }) => Age({ since }) },
        { head: 'What', kind: 'grow', cell: ({ summary }) => summary },
      ],
    })}
  <//>`
}
