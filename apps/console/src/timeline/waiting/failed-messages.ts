import { shownSteps } from '../timeline.ts'
import { clockOn, plural } from '../words.ts'
import type { Facts, Finding, Rule } from './facts.ts'
import { NOTHING, nextWords, serviceOf, sinceWords } from './facts.ts'

/** A record that is none of the order's own events holds nothing up, whatever its key is. */
const deadFinding = (facts: Facts, state: 'dead' | 'undecodable'): Finding | undefined => {
  const step = shownSteps(facts.timeline).find((one) => one.state === state && one.cause !== null)
  const last = step?.attempts.at(-1)
  if (step === undefined || last === undefined) return undefined
  const letter = facts.health.deadLetters[`${step.service}/${step.cause?.eventId}`]
  const what =
    state === 'dead'
      ? `gave up on ${step.title} after ${plural(last.attempt, 'attempt')}`
      : `could not read ${step.title}`
  return {
    ...NOTHING,
    level: 'stuck',
    sentence: `${step.service} ${what} at ${clockOn(last.at, facts.timeline.asOf)}: ${last.error ?? 'the reason is in its dead letter'}.`,
    todo: `Mend the reason, then send ${letter === undefined ? 'its dead letter' : `dead letter ${letter.id}`} again.`,
    service: step.service,
    since: last.at,
    deadLetter: letter?.id ?? null,
    runbook: 9,
  }
}

/** A message that a service has tried, and cannot handle. */
export const FAILED_MESSAGES: readonly Rule[] = [
  { code: 'DEAD_LETTER', find: (facts) => deadFinding(facts, 'dead') },
  { code: 'UNDECODABLE', find: (facts) => deadFinding(facts, 'undecodable') },
  {
    code: 'HANDLER_FAILING',
    find: (facts) => {
      const step = facts.open.find(({ kind, attempts }) => kind === 'handling' && attempts > 0)
      if (step === undefined || serviceOf(facts, step.service)?.answers === false) return undefined
      const behind = facts.open.filter(
        ({ kind, service, message, since }) =>
          kind === 'handling' &&
          service === step.service &&
          message?.topic === step.message?.topic &&
          (since ?? '') > (step.since ?? ''),
      ).length
      return {
        ...NOTHING,
        level: 'stuck',
        sentence:
          `${step.service} fails at ${step.title}${sinceWords(facts, step.since)}, ${plural(step.attempts, 'attempt')} so far: ${step.lastError ?? 'no reason is known'}.` +
          `${behind > 0 ? ` ${plural(behind, 'later event')} of the order ${behind === 1 ? 'waits' : 'wait'} behind it.` : ''}${nextWords(facts, step.dueAt)}`,
        todo: 'Mend the reason; it is tried again by itself, and becomes a dead letter after ten attempts.',
        service: step.service,
        since: step.since,
        nextAt: step.dueAt,
        runbook: 2,
      }
    },
  },
]
