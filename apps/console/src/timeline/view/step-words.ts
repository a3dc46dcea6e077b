import type { StatusKind } from '../../web/components/status.ts'
import { tellingChanges, tellingEffects, valueText } from '../effect-text.ts'
import type { ExpectedStep, Hop, Step, StepState } from '../timeline.ts'
import { HOPS } from '../timeline.ts'
import { plural } from '../words.ts'

export const STEP_STATUS: Readonly<Record<StepState, StatusKind>> = {
  done: 'ok',
  duplicate: 'idle',
  failing: 'warn',
  dead: 'bad',
  undecodable: 'bad',
}

export const HOP_WORDS: Readonly<Record<Hop, string>> = {
  outbox: 'outbox wait: from stored to published',
  queue: 'queue: from published to fetched, the broker included',
  retries: 'retries: from the first try to the last',
  work: 'work: from fetched to written',
}

/** What a step did, in a few words: how its most telling field changed. */
export function stepSummary(step: Step): string | null {
  for (const effect of tellingEffects(step.effects)) {
    if (effect.kind === 'call') continue
    const changes = tellingChanges(effect)
    const change =
      changes.find(({ field }) => field === 'status') ??
      changes.find(({ field }) => /status$/.test(field)) ??
      changes[0]
    if (change === undefined) continue
    const field =
      change.field === 'status' ? effect.target : `${effect.target} ${change.field.replace(/\.status$/, '')}`
    const before = change.before === null || change.before === undefined ? '' : `${valueText(change.before)} → `
    return `${field} ${before}${valueText(change.after)}`
  }
  return step.kind === 'message' && step.state === 'done' && step.events.length === 0 ? 'nothing to do' : null
}

/** Hops that took time. */
export const takenHops = ({ hops }: Step): readonly { readonly hop: Hop; readonly ms: number }[] =>
  HOPS.flatMap((hop) => {
    const ms = hops[hop]
    return ms === null ? [] : [{ hop, ms }]
  })

/** What is said of the tries of a step. */
export function attemptWords({ attempts, state, redriven }: Step): string | null {
  if (state === 'duplicate')
    return attempts.length === 1
      ? 'came again, and was ignored'
      : `came again ${attempts.length} times, and was ignored`
  const failed = attempts.filter(({ outcome }) => outcome === 'failed').length
  const words = failed === 0 ? [] : [plural(failed, 'failed try').replace('trys', 'tries')]
  if (state === 'dead') words.push('given up: dead letter')
  if (state === 'undecodable') words.push('cannot be read: dead letter')
  if (redriven) words.push('sent again and handled')
  return words.length === 0 ? null : words.join(', ')
}

export const EXPECTED_WORDS: Readonly<Record<ExpectedStep['kind'], string>> = {
  handling: 'to be handled',
  publication: 'to be published',
  call: 'answer is awaited',
  deadline: 'deadline',
  event: 'expected',
}
