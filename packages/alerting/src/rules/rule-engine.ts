import { AlertingError } from '../errors.ts'
import { evaluatePromql } from '../promql/evaluate.ts'
import { selectorsOf } from '../promql/expression.ts'
import type { Labels } from '../promql/labels.ts'
import { fingerprintOf, formatLabels, signatureOf, withoutName } from '../promql/labels.ts'
import type { PrometheusVersion, Sample } from '../promql/sample.ts'
import type { Retention, SampleStore } from '../samples/sample-store.ts'
import type { AlertRule } from './alert-rule.ts'
import type { Alert, Finding, Step, Transition } from './alert-states.ts'
import { ended, held } from './alert-states.ts'
import type { FormerPending, RestoreOptions } from './restore-pending.ts'
import { RESTORE_DEFAULTS, restoredActiveAtMs } from './restore-pending.ts'
import type { Template } from './template.ts'

export interface RuleEngineOptions extends Partial<RestoreOptions> {
  readonly rules: readonly AlertRule[]
  readonly store: Pick<SampleStore, 'select'>
  /** How old the newest sample of a series may be. Milliseconds, default 300,000. */
  readonly lookbackMs?: number
  /** Whose rules hold where Prometheus 2 and 3 differ. Default 3. */
  readonly version?: PrometheusVersion
  /** How long alerts that were taken over may not be confirmed before they are resolved: after a start there are no samples yet. Milliseconds, default 60,000. */
  readonly takeoverMs?: number
}

export const RULE_ENGINE_DEFAULTS = {
  lookbackMs: 300_000,
  version: 3,
  takeoverMs: 60_000,
  ...RESTORE_DEFAULTS,
} as const

/** A firing alert of an earlier process. */
export type FormerAlert = Pick<Alert, 'fingerprint' | 'labels' | 'annotations' | 'value' | 'activeAtMs'> & {
  readonly firedAtMs: number
}

export interface RuleFailure {
  readonly rule: AlertRule
  readonly message: string
}

export interface Round {
  readonly atMs: number
  readonly transitions: readonly Transition[]
  /** Rules that could not be evaluated; their alerts stay as they were. */
  readonly failures: readonly RuleFailure[]
}

/** Evaluates alert rules, each time as of the time that it is told. */
export interface RuleEngine {
  readonly rules: readonly AlertRule[]
  evaluate(atMs: number): Round
  /** Pending and firing, in the order of the rules. */
  alerts(): readonly Alert[]
  /**
   * Goes on with what was firing; answers those whose rule is not there any more. Before the first `evaluate`. What was pending goes on, too, if its rule
   * holds within `takeoverMs`.
   */
  takeOver(firing: readonly FormerAlert[], atMs: number, pending?: readonly FormerPending[]): readonly FormerAlert[]
}

export function createRuleEngine(options: RuleEngineOptions): RuleEngine {
  const settings = { ...RULE_ENGINE_DEFAULTS, ...options }
  const { rules, store, lookbackMs, version, takeoverMs } = settings
  const active = new Map<AlertRule, Map<string, Alert>>(rules.map((rule) => [rule, new Map()]))
  let takenOverUntilMs = -Infinity
  const takenOver = new Set<string>()
  const formerlyPending = new Map<string, FormerPending>()

  const begin = ({ labels }: Finding, rule: AlertRule, atMs: number) => {
    const fingerprint = fingerprintOf(labels)
    const former = atMs < takenOverUntilMs ? formerlyPending.get(fingerprint) : undefined
    formerlyPending.delete(fingerprint)
    return { fingerprint, activeAtMs: (former && restoredActiveAtMs(former, rule.forMs, atMs, settings)) ?? atMs }
  }

  const evaluateRule = (rule: AlertRule, atMs: number): readonly Transition[] => {
    const samples = evaluatePromql(rule.expression, { source: store, atMs, lookbackMs, version })
    const findings = findingsOf(rule, samples)
    const before = active.get(rule) ?? new Map<string, Alert>()
    const after = new Map<string, Alert>()
    const transitions: Transition[] = []
    const keep = (signature: string, { alert, transition }: Step): void => {
      if (alert) after.set(signature, alert)
      if (transition) transitions.push(transition)
    }
    for (const [signature, finding] of findings) {
      const known = before.get(signature)
      if (known) takenOver.delete(known.fingerprint)
      keep(
        signature,
        held(known, finding, rule, atMs, () => begin(finding, rule, atMs)),
      )
    }
    for (const [signature, alert] of before) {
      if (findings.has(signature)) continue
      keep(signature, ended(alert, atMs, takenOver.has(alert.fingerprint) ? takenOverUntilMs : undefined))
    }
    active.set(rule, after)
    return transitions
  }

  return {
    rules,
    evaluate: (atMs) => {
      const transitions: Transition[] = []
      const failures: RuleFailure[] = []
      for (const rule of rules) {
        try {
          transitions.push(...evaluateRule(rule, atMs))
        } catch (error) {
          failures.push({ rule, message: error instanceof Error ? error.message : String(error) })
        }
      }
      return { atMs, transitions, failures }
    },
    alerts: () => [...active.values()].flatMap((alerts) => [...alerts.values()]),
    takeOver: (firing, atMs, pending = []) => {
      takenOverUntilMs = atMs + takeoverMs
      for (const each of pending) formerlyPending.set(each.fingerprint, each)
      return firing.filter((alert) => {
        const rule = rules.find(({ name }) => name === alert.labels.alertname)
        if (rule === undefined) return true
        takenOver.add(alert.fingerprint)
        active.get(rule)?.set(signatureOf(alert.labels), { ...alert, rule, state: 'firing' })
        return false
      })
    },
  }
}

/** Labels of the rule come over those of its samples; the name of the alert comes over all. */
function findingsOf(rule: AlertRule, samples: readonly Sample[]): ReadonlyMap<string, Finding> {
  const findings = new Map<string, Finding>()
  for (const sample of samples) {
    const data = { labels: sample.labels, value: sample.value }
    const fill = (templates: ReadonlyMap<string, Template>): Record<string, string> =>
      Object.fromEntries([...templates].map(([name, template]) => [name, template(data)]))
    const labels: Labels = { ...withoutName(sample.labels), ...fill(rule.labels), alertname: rule.name }
    const signature = signatureOf(labels)
    if (findings.has(signature)) {
      throw new AlertingError(
        'DUPLICATE_ALERT',
        `${rule.name} gives two alerts with the labels ${formatLabels(labels)}.`,
      )
    }
    findings.set(signature, { labels, annotations: fill(rule.annotations), value: sample.value })
  }
  return findings
}

/**
 * What the rules look at, and for how long: a store needs to keep nothing else.
 *
 * @param atLeastMs Also of series of which only the newest sample is looked at. Milliseconds.
 */
export function retentionOf(rules: readonly AlertRule[], atLeastMs: number): Retention {
  const kept = new Map<string, number>()
  let ofAll: number | undefined
  for (const { metric, rangeMs, offsetMs } of rules.flatMap(({ expression }) => selectorsOf(expression))) {
    const neededMs = Math.max(atLeastMs, rangeMs + offsetMs + RULE_ENGINE_DEFAULTS.lookbackMs)
    if (metric === undefined) ofAll = Math.max(ofAll ?? 0, neededMs)
    else kept.set(metric, Math.max(kept.get(metric) ?? 0, neededMs))
  }
  return (metric) => {
    const own = kept.get(metric)
    return own === undefined || ofAll === undefined ? (own ?? ofAll) : Math.max(own, ofAll)
  }
}
