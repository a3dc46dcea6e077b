import { formatLabels } from '@stocker/alerting'
import type { AlertsFrame, AlertView } from './alert-views.ts'
import { causeText } from './held-back.ts'

/** The alerts for a terminal. */
export function alertsText({ at, alerts }: AlertsFrame): string {
  if (at === null) return 'The rules were not evaluated yet.\n'
  if (alerts.length === 0) return `Nothing fires (${at}).\n`
  return `${alerts.map(alertText).join('\n')}\n`
}

function alertText(alert: AlertView): string {
  const {
    state,
    severity,
    alertname,
    summary,
    first,
    labels,
    fingerprint,
    firesAt,
    acknowledgement,
    silencedBy,
    inhibitedBy,
  } = alert
  const marks = [
    ...(acknowledgement ? [`acknowledged by ${acknowledgement.by}`] : []),
    ...(silencedBy.length > 0 ? [`silenced by ${silencedBy.join(', ')}`] : []),
    ...(inhibitedBy.length > 0 ? [`not told because of ${inhibitedBy.map(causeText).join(', ')}`] : []),
  ]
  return [
    `${state === 'firing' ? 'FIRING ' : 'pending'} ${severity.padEnd(6)} ${alertname}: ${summary}`,
    `        ${state === 'firing' ? 'since' : 'fires at'} ${firesAt}${marks.map((mark) => `, ${mark}`).join('')}`,
    `        do this first: ${first}`,
    `        ${fingerprint} ${formatLabels(labels)}`,
  ].join('\n')
}
