import type { Alert, AlertEpisode, AlertRule, Inhibitor, Labels, Silence } from '@stocker/alerting'
import { firstCauses, formatPromDuration, silencing } from '@stocker/alerting'
import type { Role } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'

/** An alert as it is shown. */
export interface AlertView {
  readonly fingerprint: string
  readonly alertname: string
  readonly severity: string
  readonly state: 'pending' | 'firing'
  readonly labels: Labels
  readonly summary: string
  /** What to do first. */
  readonly first: string
  /** The page of the console that shows it. */
  readonly page: string | null
  readonly value: number | null
  /** Since when its rule has held. */
  readonly activeAt: string
  /** When it began to fire; for a pending one, when it will if its rule goes on to hold. */
  readonly firesAt: string
  readonly acknowledgement: { readonly by: string; readonly at: string; readonly note: string | null } | null
  /** Ids of silences that hold for it: nobody is told. */
  readonly silencedBy: readonly string[]
  /** Alerts that have the same cause and say it better: nobody is told of this one while they fire. */
  readonly inhibitedBy: readonly InhibitingAlert[]
}

export interface InhibitingAlert {
  readonly fingerprint: string
  readonly alertname: string
  /** `payment-service-group`: what it is about; null when it is about everything. */
  readonly of: string | null
}

/** What is pushed to those who look on. */
export interface AlertsFrame {
  /** When the rules were evaluated last; null: not yet. */
  readonly at: string | null
  readonly alerts: readonly AlertView[]
}

export interface AlertState {
  readonly atMs: number | undefined
  readonly alerts: readonly Alert[]
  readonly open: readonly AlertEpisode[]
  readonly silences: readonly Silence[]
  readonly inhibitor: Inhibitor
}

const SEVERITIES = ['page', 'warn', 'ticket']
const urgency = (severity: string): number =>
  (SEVERITIES.indexOf(severity) + SEVERITIES.length + 1) % (SEVERITIES.length + 1)

/** The most urgent first, then the oldest. What people wrote themselves is for those who act: it may name persons. */
export function alertsFrame(
  { atMs, alerts, open, silences, inhibitor }: AlertState,
  role: Role,
  now: Date,
): AlertsFrame {
  const silencesOf = silencing(silences, now.getTime())
  const inhibits = inhibitor(alerts.filter(({ state }) => state === 'firing'))
  const episodes = new Map(open.map((episode) => [episode.fingerprint, episode]))
  const view = (alert: Alert): AlertView => {
    const { rule, labels, annotations } = alert
    const acknowledgement = episodes.get(alert.fingerprint)?.acknowledgement
    return {
      fingerprint: alert.fingerprint,
      alertname: rule.name,
      severity: labels.severity ?? '',
      state: alert.state,
      labels,
      summary: annotations.summary ?? '',
      first: annotations.first ?? '',
      page: annotations.console ?? null,
      value: Number.isFinite(alert.value) ? alert.value : null,
      activeAt: new Date(alert.activeAtMs).toISOString(),
      firesAt: new Date(alert.firedAtMs ?? alert.activeAtMs + rule.forMs).toISOString(),
      acknowledgement: acknowledgement
        ? { by: acknowledgement.by, at: acknowledgement.at.toISOString(), note: written(acknowledgement.note, role) }
        : null,
      silencedBy: alert.state === 'firing' ? silencesOf(labels).map(({ id }) => id) : [],
      inhibitedBy: alert.state === 'firing' ? firstCauses(inhibits(labels), inhibits).map(inhibitingAlert) : [],
    }
  }
  return {
    at: atMs === undefined ? null : new Date(atMs).toISOString(),
    alerts: alerts
      .map(view)
      .toSorted((a, b) => urgency(a.severity) - urgency(b.severity) || a.activeAt.localeCompare(b.activeAt)),
  }
}

/** Labels that say what an alert is about, the most telling first. */
const SUBJECTS = ['consumergroup', 'service', 'publisher', 'name', 'topic']

const inhibitingAlert = ({ fingerprint, rule, labels }: Alert): InhibitingAlert => ({
  fingerprint,
  alertname: rule.name,
  of: SUBJECTS.map((name) => labels[name] ?? '').find((value) => value !== '') ?? null,
})

const written = (text: string, role: Role): string | null => (mayActAs(role, 'operator') ? text : null)

export interface SilenceView {
  readonly id: string
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[]
  readonly startsAt: string
  readonly endsAt: string
  readonly createdBy: string
  readonly comment: string | null
  readonly expiredBy: string | null
  readonly active: boolean
}

export const silenceView = (silence: Silence, role: Role, now: Date): SilenceView => ({
  id: silence.id,
  matchers: silence.matchers,
  startsAt: silence.startsAt.toISOString(),
  endsAt: silence.endsAt.toISOString(),
  createdBy: silence.createdBy,
  comment: written(silence.comment, role),
  expiredBy: silence.expiredBy,
  active: silence.startsAt <= now && now < silence.endsAt,
})

export interface EpisodeView {
  readonly id: string
  readonly fingerprint: string
  readonly alertname: string
  readonly severity: string
  readonly labels: Labels
  readonly summary: string
  readonly firedAt: string
  readonly resolvedAt: string | null
  readonly acknowledgement: AlertView['acknowledgement']
}

export const episodeView = (episode: AlertEpisode, role: Role): EpisodeView => ({
  id: episode.id,
  fingerprint: episode.fingerprint,
  alertname: episode.labels.alertname ?? '',
  severity: episode.labels.severity ?? '',
  labels: episode.labels,
  summary: episode.annotations.summary ?? '',
  firedAt: episode.firedAt.toISOString(),
  resolvedAt: episode.resolvedAt?.toISOString() ?? null,
  acknowledgement: episode.acknowledgement && {
    by: episode.acknowledgement.by,
    at: episode.acknowledgement.at.toISOString(),
    note: written(episode.acknowledgement.note, role),
  },
})

export interface RuleView {
  readonly name: string
  readonly group: string
  readonly severity: string
  readonly expr: string
  /** As in the file: `30s`. */
  readonly for: string
  readonly keepFiringFor: string
  readonly summary: string
  readonly first: string
  readonly runbook: string
  readonly state: 'inactive' | 'pending' | 'firing'
  readonly alerts: number
  /** Why it could not be evaluated the last time. */
  readonly failure: string | null
}

export function ruleView(rule: AlertRule, alerts: readonly Alert[], failure: string | undefined): RuleView {
  const own = alerts.filter((alert) => alert.rule === rule)
  return {
    name: rule.name,
    group: rule.group,
    severity: rule.text.labels.severity ?? '',
    expr: rule.expr,
    for: formatPromDuration(rule.forMs),
    keepFiringFor: formatPromDuration(rule.keepFiringForMs),
    summary: rule.text.annotations.summary ?? '',
    first: rule.text.annotations.first ?? '',
    runbook: rule.text.annotations.runbook_url ?? '',
    state: own.some(({ state }) => state === 'firing') ? 'firing' : own.length > 0 ? 'pending' : 'inactive',
    alerts: own.length,
    failure: failure ?? null,
  }
}
