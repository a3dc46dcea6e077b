import { formatLabels } from '../promql/labels.ts'
import type { NotificationPayload, NotifiedAlert } from './notification-payload.ts'

/** Subject and text of the mail about a group of alerts. */
export function emailText({ status, groupLabels, alerts, truncatedAlerts, externalURL }: NotificationPayload): {
  readonly subject: string
  readonly text: string
} {
  const firing = alerts.filter((alert) => alert.status === 'firing')
  const resolved = alerts.filter((alert) => alert.status === 'resolved')
  const name = groupLabels.alertname ?? formatLabels(groupLabels)
  const head = status === 'firing' ? `FIRING ${firing.length + truncatedAlerts}` : 'RESOLVED'
  const first = (firing[0] ?? resolved[0])?.annotations.summary
  return {
    // One line, whatever a label holds.
    subject: `[${head}] ${name}${first === undefined ? '' : `: ${first}`}`.replaceAll(/\s+/g, ' ').slice(0, 200),
    text: [
      ...firing.map(described),
      ...resolved.map(
        (alert) => `RESOLVED  ${alert.annotations.summary ?? formatLabels(alert.labels)}\n  since ${alert.endsAt}`,
      ),
      ...(truncatedAlerts > 0 ? [`… and ${truncatedAlerts} more`] : []),
      `${externalURL}/alerts`,
    ].join('\n\n'),
  }
}

function described({ labels, annotations, startsAt }: NotifiedAlert): string {
  const lines = [
    `FIRING (${labels.severity ?? 'no severity'})  ${annotations.summary ?? formatLabels(labels)}`,
    `since ${startsAt}`,
    annotations.first && `Do this first: ${annotations.first}`,
    annotations.console && `Look at ${annotations.console}`,
    annotations.runbook_url && `Runbook: ${annotations.runbook_url}`,
    formatLabels(labels),
  ]
  return lines.filter((line) => line !== undefined && line !== '').join('\n  ')
}
