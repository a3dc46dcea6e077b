import type { Labels } from '../promql/labels.ts'

/** What a receiver is told: the JSON that Alertmanager sends to a webhook (version 4 of it). */
export interface NotificationPayload {
  readonly version: '4'
  readonly groupKey: string
  readonly truncatedAlerts: number
  /** `firing` while at least one of the alerts fires. */
  readonly status: 'firing' | 'resolved'
  readonly receiver: string
  readonly groupLabels: Labels
  readonly commonLabels: Labels
  readonly commonAnnotations: Labels
  /** Where alerts are seen and acknowledged. */
  readonly externalURL: string
  readonly alerts: readonly NotifiedAlert[]
}

export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved'
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAt: string
  /** `0001-01-01T00:00:00Z` while it fires. */
  readonly endsAt: string
  readonly generatorURL: string
  readonly fingerprint: string
}

/** An alert as it is remembered between notifications. */
export interface RememberedAlert {
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  /** ISO 8601 */
  readonly firedAt: string
}

const NEVER = '0001-01-01T00:00:00Z'
/** Alerts of one notification at most; more are only counted. */
export const MAX_ALERTS = 100

export interface Group {
  readonly receiver: string
  readonly key: string
  readonly labels: Labels
}

export interface GroupContent {
  readonly firing: readonly RememberedAlert[]
  readonly resolved: readonly RememberedAlert[]
  readonly at: Date
}

export function notificationPayload(
  group: Group,
  { firing, resolved, at }: GroupContent,
  consoleUrl: string,
): NotificationPayload {
  const base = consoleUrl.replace(/\/+$/, '')
  const notified = (alert: RememberedAlert, status: 'firing' | 'resolved'): NotifiedAlert => {
    const { console: path, ...annotations } = alert.annotations
    return {
      status,
      labels: alert.labels,
      annotations: {
        ...annotations,
        ...(path !== undefined && { console: path.startsWith('/') ? `${base}${path}` : path }),
      },
      startsAt: alert.firedAt,
      endsAt: status === 'firing' ? NEVER : at.toISOString(),
      generatorURL: `${base}/alerts#${alert.fingerprint}`,
      fingerprint: alert.fingerprint,
    }
  }
  const all = [
    ...firing.map((alert) => notified(alert, 'firing')),
    ...resolved.map((alert) => notified(alert, 'resolved')),
  ]
  return {
    version: '4',
    groupKey: group.key,
    truncatedAlerts: Math.max(0, all.length - MAX_ALERTS),
    status: firing.length > 0 ? 'firing' : 'resolved',
    receiver: group.receiver,
    groupLabels: group.labels,
    commonLabels: common(all.map(({ labels }) => labels)),
    commonAnnotations: common(all.map(({ annotations }) => annotations)),
    externalURL: base,
    alerts: all.slice(0, MAX_ALERTS),
  }
}

function common(all: readonly Labels[]): Labels {
  const [first = {}, ...rest] = all
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((labels) => labels[name] === value)),
  )
}
