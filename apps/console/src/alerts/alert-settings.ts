import { fileURLToPath } from 'node:url'
import type { NotificationTimings } from '@stocker/alerting'
import { NOTIFICATION_TIMINGS, SAMPLE_STORE_DEFAULTS, SCRAPER_DEFAULTS, SENDER_DEFAULTS } from '@stocker/alerting'
import type { Properties } from '@stocker/properties'
import { duration, integer, list, PropertiesError, readProperties, text } from '@stocker/properties'
import { WEBHOOK_SECRET } from '@stocker/service-kit'

export interface AlertsConfig {
  /** How often the services are asked for their metrics and the rules are evaluated. Milliseconds. */
  readonly intervalMs: number
  /** How long a service may take to answer. Milliseconds. */
  readonly scrapeTimeoutMs: number
  /** Path of the rule file. */
  readonly rulesFile: string
  /** Path of a configuration file of Alertmanager, of which the inhibit rules are read. */
  readonly alertmanagerFile: string
  /** Series in memory at most. */
  readonly maxSeries: number
  /** How long what has fired is remembered after its end. Milliseconds. */
  readonly historyMs: number
  /** Base URL of the console in notifications. */
  readonly consoleUrl: string
  /** Labels whose values make a group of alerts that are told together. */
  readonly groupBy: readonly string[]
  readonly timings: NotificationTimings
  readonly maxPerMinute: number
  readonly webhook?: { readonly url: string; readonly secret?: string; readonly severities: readonly string[] }
  readonly email?: {
    readonly smtpUrl: string
    readonly from: string
    readonly to: readonly string[]
    readonly severities: readonly string[]
  }
}

const shipped = (file: string): string => fileURLToPath(new URL(`../../../../ops/${file}`, import.meta.url))
const SHIPPED_RULES = shipped('alerts.prom.yml')
const SHIPPED_ALERTMANAGER = shipped('alertmanager.yml')
const PREFIX = 'alerts'

export const ALERT_SETTINGS = {
  intervalMs: duration('alerts.interval', {
    default: 5_000,
    min: 100,
    description: 'How often the services are asked for their metrics and the rules are evaluated',
  }),
  scrapeTimeoutMs: duration('alerts.scrape-timeout', {
    default: SCRAPER_DEFAULTS.timeoutMs,
    min: 10,
    description: 'How long a service may take to answer; then it is down',
  }),
  rulesFile: text('alerts.rules-file', {
    optional: true,
    description:
      'Rule file of Prometheus; default: ops/alerts.prom.yml of the platform. npm start takes ops/alerts.local.prom.yml, whose objectives look at minutes instead of hours',
  }),
  alertmanagerFile: text('alerts.alertmanager-file', {
    optional: true,
    description:
      'Configuration file of Alertmanager, whose inhibit_rules say which alerts nobody is told of while others fire; default: ops/alertmanager.yml of the platform',
  }),
  maxSeries: integer('alerts.max-series', {
    default: SAMPLE_STORE_DEFAULTS.maxSeries,
    min: 100,
    max: 1_000_000,
    description: 'Series kept in memory at most; only metrics that a rule looks at are kept',
  }),
  historyMs: duration('alerts.history', {
    default: 90 * 86_400_000,
    min: 60_000,
    description: 'How long what has fired is remembered after its end',
  }),
  consoleUrl: text('alerts.console-url', {
    optional: true,
    description: 'Base URL of the console, for links in notifications; default: http://localhost and its port',
  }),
  groupBy: list('alerts.group-by', {
    default: ['alertname'],
    description: 'Labels by which alerts are told together in one notification',
  }),
  groupWaitMs: duration('alerts.group-wait', {
    default: NOTIFICATION_TIMINGS.groupWaitMs,
    min: 0,
    description: 'How long the first notification of a group waits for further alerts',
  }),
  groupIntervalMs: duration('alerts.group-interval', {
    default: NOTIFICATION_TIMINGS.groupIntervalMs,
    min: 0,
    description: 'Least time between two notifications of a group when alerts come or go',
  }),
  repeatIntervalMs: duration('alerts.repeat-interval', {
    default: NOTIFICATION_TIMINGS.repeatIntervalMs,
    min: 1_000,
    description: 'After this time a group that still fires, and that nobody acknowledged, is told again',
  }),
  maxPerMinute: integer('alerts.max-notifications-per-minute', {
    default: SENDER_DEFAULTS.maxPerMinute,
    min: 1,
    max: 10_000,
    description: 'Notifications of one receiver within a minute at most; the rest is sent later',
  }),
  webhookUrl: text('alerts.webhook.url', {
    optional: true,
    description: 'Where notifications are posted to, as the JSON of Alertmanager’s webhooks',
  }),
  webhookSecret: text('alerts.webhook.secret', {
    optional: true,
    description: 'whsec_… to sign them with, as Standard Webhooks; default: not signed',
  }),
  webhookSeverities: list('alerts.webhook.severities', {
    default: ['page', 'warn', 'ticket'],
    description: 'Severities of the alerts that are posted',
  }),
  smtpUrl: text('alerts.email.smtp-url', {
    optional: true,
    description: 'smtp://user:password@host:587 or smtps://… of the mail server that notifications are sent through',
  }),
  emailFrom: text('alerts.email.from', { optional: true, description: 'Sender of the mails' }),
  emailTo: list('alerts.email.to', { default: [], description: 'Who gets the mails, by commas' }),
  emailSeverities: list('alerts.email.severities', {
    default: ['page'],
    description: 'Severities of the alerts that are mailed',
  }),
}

/** Throws PropertiesError, which names everything that is wrong. */
export function readAlertsConfig(properties: Properties, port: number): AlertsConfig {
  const values = readProperties(properties, ALERT_SETTINGS, { ownPrefixes: [PREFIX] })
  const wrong = (key: string, message: string) => ({
    code: 'INVALID_VALUE' as const,
    key,
    origin: properties.origin(key) ?? 'value',
    message: `${key} ${message}`,
  })
  const problems = [
    ...(isUrl(values.webhookUrl, ['http:', 'https:'])
      ? []
      : [wrong('alerts.webhook.url', 'is no http:// or https:// URL.')]),
    ...(isUrl(values.smtpUrl, ['smtp:', 'smtps:'])
      ? []
      : [wrong('alerts.email.smtp-url', 'is no smtp:// or smtps:// URL.')]),
    ...(isUrl(values.consoleUrl, ['http:', 'https:'])
      ? []
      : [wrong('alerts.console-url', 'is no http:// or https:// URL.')]),
    ...(values.webhookSecret === undefined || WEBHOOK_SECRET.test(values.webhookSecret)
      ? []
      : [wrong('alerts.webhook.secret', 'must be whsec_ and 24 to 64 bytes in base64.')]),
    ...(values.smtpUrl === undefined || (values.emailFrom !== undefined && values.emailTo.length > 0)
      ? []
      : [wrong('alerts.email.smtp-url', 'needs alerts.email.from and alerts.email.to as well.')]),
  ]
  if (problems.length > 0) throw new PropertiesError(problems)
  const { groupWaitMs, groupIntervalMs, repeatIntervalMs, webhookUrl, webhookSecret, smtpUrl, emailFrom } = values
  return {
    intervalMs: values.intervalMs,
    scrapeTimeoutMs: values.scrapeTimeoutMs,
    rulesFile: values.rulesFile ?? SHIPPED_RULES,
    alertmanagerFile: values.alertmanagerFile ?? SHIPPED_ALERTMANAGER,
    maxSeries: values.maxSeries,
    historyMs: values.historyMs,
    consoleUrl: values.consoleUrl ?? `http://localhost:${port}`,
    groupBy: values.groupBy,
    timings: { groupWaitMs, groupIntervalMs, repeatIntervalMs },
    maxPerMinute: values.maxPerMinute,
    ...(webhookUrl !== undefined && {
      webhook: {
        url: webhookUrl,
        ...(webhookSecret !== undefined && { secret: webhookSecret }),
        severities: values.webhookSeverities,
      },
    }),
    ...(smtpUrl !== undefined &&
      emailFrom !== undefined && {
        email: { smtpUrl, from: emailFrom, to: values.emailTo, severities: values.emailSeverities },
      }),
  }
}

const isUrl = (value: string | undefined, protocols: readonly string[]): boolean =>
  value === undefined || protocols.includes(URL.parse(value)?.protocol ?? '')
