import { readFileSync } from 'node:fs'
import type {
  Alert,
  AlertRule,
  Retention,
  RuleChart,
  SampleStore,
  SampleStoreStats,
  TargetState,
} from '@stocker/alerting'
import {
  chartRule,
  createInhibitor,
  createRuleEngine,
  createSampleStore,
  createScraper,
  httpTarget,
  NotificationSender,
  Notifications,
  parseInhibitRules,
  parseRuleFile,
  retentionOf,
} from '@stocker/alerting'
import type { ConsoleParts } from '../feature.ts'
import type { AlertMemory } from './alert-memory.ts'
import { createAlertMemory } from './alert-memory.ts'
import { alertReceivers } from './alert-receivers.ts'
import type { AlertsConfig } from './alert-settings.ts'
import type { AlertState } from './alert-views.ts'

export type AlertRoundParts = Pick<ConsoleParts, 'database' | 'services' | 'metrics' | 'logger'> & {
  readonly config: { readonly alerts: AlertsConfig; readonly http: { readonly port: number } }
  /** How long samples are kept for others than the rules, which read them from `samples`. Milliseconds by metric. */
  readonly alsoKept: Retention
}

/** A chart of a rule goes back so far. Milliseconds. */
export const CHART_MS = 900_000
const PRUNE_EVERY = 60
const FORGET_EVERY = 720

/**
 * One round: all metrics are scraped, all rules evaluated, what fires is written down, and whoever is to be told is told. A round whose database is away
 * evaluates nevertheless (but the first, which must know what was before), and rejects; what has changed is written down by the next one that can.
 */
export interface AlertRound {
  run(now: Date, signal: AbortSignal): Promise<void>
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>
  /** What the last round found, and what people said to it since. */
  state(): AlertState
  readonly rules: readonly AlertRule[]
  failureOf(rule: AlertRule): string | undefined
  chart(rule: AlertRule, now: Date): RuleChart
  targets(): readonly TargetState[]
  stats(): SampleStoreStats & { readonly tookMs: number }
  /** What was scraped, as long as it is kept. */
  readonly samples: Pick<SampleStore, 'select'>
  readonly log: AlertMemory['log']
  readonly silences: AlertMemory['silences']
  /** Writes down what fires, and reads anew what people have said. */
  refresh(now: Date): Promise<void>
}

/** Throws RULE_FILE_INVALID, INHIBIT_RULES_INVALID, or Node's error when the file cannot be read. */
export function createAlertRound({
  config,
  database,
  services,
  metrics,
  logger,
  alsoKept,
}: AlertRoundParts): AlertRound {
  const settings = config.alerts
  const { pool } = database
  const rules = parseRuleFile(readFileSync(settings.rulesFile, 'utf8'), settings.rulesFile)
  const inhibitor = createInhibitor(
    parseInhibitRules(readFileSync(settings.alertmanagerFile, 'utf8'), settings.alertmanagerFile),
  )
  const ofRules = retentionOf(rules, CHART_MS)
  const retention: Retention = (metric) => {
    const [rule, other] = [ofRules(metric), alsoKept(metric)]
    return rule === undefined || other === undefined ? (rule ?? other) : Math.max(rule, other)
  }
  const store = createSampleStore({ retention, maxSeries: settings.maxSeries })
  const engine = createRuleEngine({ rules, store })
  const scraper = createScraper({
    store,
    timeoutMs: settings.scrapeTimeoutMs,
    targets: [
      ...services.map(({ name, url }) => httpTarget(name, url)),
      { job: 'console', instance: `localhost:${config.http.port}`, read: () => metrics.exposition() },
    ],
  })
  const memory = createAlertMemory({ pool, engine, store })
  const receivers = alertReceivers(settings)
  const notifications = new Notifications({
    ...settings.timings,
    pool,
    receivers,
    inhibitor,
    groupBy: settings.groupBy,
    consoleUrl: settings.consoleUrl,
  })
  const sender = new NotificationSender({
    pool,
    receivers,
    maxPerMinute: settings.maxPerMinute,
    onFailure: ({ reason, ...failure }) => logger.warn(failure, `an alert could not be told: ${reason}`),
  })

  let rounds = 0
  let atMs: number | undefined
  let tookMs = 0
  let failures: ReadonlyMap<AlertRule, string> = new Map()
  let sending: Promise<void> | undefined

  /** Beside the rounds: a receiver that does not answer must not hold them up. */
  const send = async (signal: AbortSignal): Promise<void> => {
    try {
      await sender.send(() => new Date(), signal)
    } catch (error) {
      logger.warn({ err: error }, 'notifications cannot be sent at the moment; it is tried on')
    } finally {
      sending = undefined
    }
  }

  const evaluate = (now: Date): void => {
    const started = performance.now()
    const round = engine.evaluate(now.getTime())
    tookMs = performance.now() - started
    for (const { rule, message } of round.failures) {
      if (!failures.has(rule)) logger.warn({ rule: rule.name }, `a rule cannot be evaluated: ${message}`)
    }
    failures = new Map(round.failures.map(({ rule, message }) => [rule, message]))
    for (const { to, alert } of round.transitions) {
      if (to !== 'firing' && to !== 'resolved') continue
      logger.info({ alert: alert.rule.name, labels: alert.labels }, `alert ${to}: ${alert.annotations.summary ?? ''}`)
    }
    atMs = now.getTime()
  }

  return {
    rules,
    samples: store,
    log: memory.log,
    silences: memory.silences,
    run: async (now, signal) => {
      rounds += 1
      if (rounds % PRUNE_EVERY === 0) store.prune(now.getTime())
      // Without the memory of what was firing, everything that does would begin anew.
      await memory.takeOver(now)
      await scraper.scrape(now.getTime())
      evaluate(now)
      await memory.writeDown(now)
      if (rounds % FORGET_EVERY === 1) await memory.log.forget(new Date(now.getTime() - settings.historyMs))
      if (receivers.length > 0) {
        await notifications.decide(memory.open(), memory.active(), now.getTime())
        sending ??= send(signal)
      }
      await memory.keepState(now)
    },
    settled: async () => {
      await sending
    },
    state: () => ({ atMs, alerts: engine.alerts(), open: memory.open(), silences: memory.active(), inhibitor }),
    failureOf: (rule) => failures.get(rule),
    chart: (rule, now) =>
      chartRule(rule.expression, store, { startMs: now.getTime() - CHART_MS, endMs: atMs ?? now.getTime() }),
    targets: () => scraper.targets(),
    stats: () => ({ ...store.stats(), tookMs }),
    refresh: memory.writeDown,
  }
}

export const firingOf = (alerts: readonly Alert[], rule: AlertRule): number =>
  alerts.filter((alert) => alert.rule === rule && alert.state === 'firing').length
