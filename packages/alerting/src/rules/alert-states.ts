import type { Labels } from '../promql/labels.ts'
import type { AlertRule } from './alert-rule.ts'

/** An alert is inactive, then pending until its rule has held for long enough, then firing until it holds no more. Inactive ones are not kept. */
export const ALERT_STATES = ['pending', 'firing'] as const
export type AlertState = (typeof ALERT_STATES)[number]

export interface Alert {
  readonly rule: AlertRule
  /** Of its labels: by it an alert is known from one evaluation to the next, and after a restart. */
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly state: AlertState
  readonly value: number
  /** Since when the rule has held. Milliseconds since 1970. */
  readonly activeAtMs: number
  readonly firedAtMs?: number
  /** Since when the rule does not hold any more, while it is kept firing. */
  readonly keptSinceMs?: number
}

export const TRANSITIONS = ['pending', 'firing', 'resolved', 'dropped'] as const

/** `dropped`: it was pending and never fired. */
export interface Transition {
  readonly to: (typeof TRANSITIONS)[number]
  readonly alert: Alert
  readonly atMs: number
}

/** What a rule gave for one set of labels in one evaluation. */
export interface Finding {
  readonly labels: Labels
  readonly annotations: Labels
  readonly value: number
}

export interface Step {
  readonly alert: Alert | undefined
  readonly transition?: Transition
}

/** The rule holds for these labels. */
export function held(
  before: Alert | undefined,
  finding: Finding,
  rule: AlertRule,
  atMs: number,
  begin: () => Pick<Alert, 'fingerprint' | 'activeAtMs'>,
): Step {
  const { keptSinceMs: _, ...known }: Omit<Alert, keyof Finding> = before ?? {
    rule,
    state: 'pending',
    ...begin(),
  }
  const alert: Alert = { ...known, rule, ...finding }
  if (alert.state === 'pending' && atMs - alert.activeAtMs >= rule.forMs) {
    const firing: Alert = { ...alert, state: 'firing', firedAtMs: atMs }
    return { alert: firing, transition: { to: 'firing', alert: firing, atMs } }
  }
  return before === undefined ? { alert, transition: { to: 'pending', alert, atMs } } : { alert }
}

/** The rule does not hold any more for the labels of this alert. */
export function ended(before: Alert, atMs: number, keepUntilMs = -Infinity): Step {
  if (before.state === 'pending') return { alert: undefined, transition: { to: 'dropped', alert: before, atMs } }
  const keptSinceMs = before.keptSinceMs ?? atMs
  if (atMs - keptSinceMs < before.rule.keepFiringForMs) return { alert: { ...before, keptSinceMs } }
  if (atMs < keepUntilMs) return { alert: before }
  return { alert: undefined, transition: { to: 'resolved', alert: before, atMs } }
}
