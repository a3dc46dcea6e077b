import { clockOn, plural } from '../words.ts'
import type { Rule } from './facts.ts'
import { ageOf, cannot, groupOf, isDown, NOTHING, nextWords, PATIENCE_MS, serviceOf, sinceWords } from './facts.ts'

/** A service that has nothing to wait for itself but somebody outside. */
const CALLED = { 'payment-service': 'the payment gateway', 'delivery-service': 'the courier' } as const
const calledBy = (service: string): string => CALLED[service as keyof typeof CALLED] ?? 'its partner'

/** A step that has begun, and takes its time. */
export const SLOW_STEPS: readonly Rule[] = [
  {
    code: 'NOT_PUBLISHED',
    find: (facts) => {
      const step = facts.open.find(({ kind, since }) => kind === 'publication' && ageOf(facts, since) > PATIENCE_MS)
      if (step === undefined) return undefined
      const open = serviceOf(facts, step.service)?.openTransaction
      const publisher = isDown(facts, step, 'event-publisher')
      const reason =
        publisher !== undefined
          ? `its publisher is ${publisher}.`
          : open != null
            ? `a transaction is open${sinceWords(facts, open.since)} (${open.holder}), and an earlier event could still come from it.`
            : 'its publisher is behind.'
      return {
        ...NOTHING,
        ...cannot(facts, step, reason),
        todo:
          open != null
            ? 'Let that transaction finish, or end it with pg_terminate_backend.'
            : 'See how far the publisher is behind.',
        runbook: 3,
      }
    },
  },
  {
    code: 'NOT_HANDLED',
    find: (facts) => {
      const step = facts.open.find(({ kind, since }) => kind === 'handling' && ageOf(facts, since) > PATIENCE_MS)
      if (step === undefined) return undefined
      const group = groupOf(facts, step.service)
      const behind = group?.lag == null || group.lag === 0 ? '' : `, its group is ${plural(group.lag, 'record')} behind`
      return {
        ...NOTHING,
        level: 'late',
        sentence: `${step.title} is published, and ${step.service} has not handled it${sinceWords(facts, step.since)}${behind}.`,
        todo: 'See on the page of the consumers whether its lag shrinks.',
        service: step.service,
        since: step.since,
        runbook: 2,
      }
    },
  },
  {
    code: 'CALL_FAILING',
    find: (facts) => {
      const step = facts.open.find(({ kind, attempts }) => kind === 'call' && attempts > 0)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        level: ageOf(facts, step.since) > PATIENCE_MS ? 'stuck' : 'late',
        sentence:
          `${step.service} gets no answer from ${calledBy(step.service)} to ${step.title}${sinceWords(facts, step.since)}, ` +
          `${plural(step.attempts, 'attempt')} so far: ${step.lastError ?? 'no reason is known'}.${nextWords(facts, step.dueAt)}`,
        todo: `See whether ${calledBy(step.service)} works. The call is repeated with the same key until it is answered.`,
        service: step.service,
        since: step.since,
        nextAt: step.dueAt,
        runbook: 4,
      }
    },
  },
  {
    code: 'CALL_OPEN',
    find: (facts) => {
      const step = facts.open.find(({ kind }) => kind === 'call')
      if (step === undefined) return undefined
      const late = ageOf(facts, step.since) > PATIENCE_MS
      return {
        ...NOTHING,
        level: late ? 'late' : 'normal',
        sentence: `${step.service} waits for the answer of ${calledBy(step.service)} to ${step.title}${sinceWords(facts, step.since)}.`,
        todo: late ? `See whether ${calledBy(step.service)} is slow.` : null,
        service: step.service,
        since: step.since,
        runbook: late ? 4 : null,
      }
    },
  },
  {
    code: 'DEADLINE_FAILING',
    find: (facts) => {
      const step = facts.deadlines.find(({ lastError }) => lastError !== null)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        level: 'stuck',
        sentence: `The deadline ${step.title} of ${step.service} was due at ${clockOn(step.dueAt ?? '', facts.timeline.asOf)} and fails, ${plural(step.attempts, 'attempt')} so far: ${step.lastError}.`,
        todo: 'Mend the reason; it is tried again by itself, at most five minutes later.',
        service: step.service,
        since: step.dueAt,
        runbook: 6,
      }
    },
  },
  {
    code: 'DEADLINE_OVERDUE',
    find: (facts) => {
      const step = facts.deadlines.find(({ overdue }) => overdue)
      if (step === undefined) return undefined
      const down = serviceOf(facts, step.service)?.answers === false
      return {
        ...NOTHING,
        level: 'stuck',
        sentence: `The deadline ${step.title} of ${step.service} was due at ${clockOn(step.dueAt ?? '', facts.timeline.asOf)} and has not fired${down ? ': the service does not answer' : ''}.`,
        todo: down ? `Start ${step.service}.` : 'See whether the service runs its deadlines.',
        service: step.service,
        since: step.dueAt,
        runbook: 6,
      }
    },
  },
  {
    code: 'ON_ITS_WAY',
    find: (facts) => {
      const [step] = facts.open
      if (step === undefined) return undefined
      const sentence =
        step.kind === 'publication'
          ? `${step.title} is stored, and about to be published by ${step.service}.`
          : `${step.title} is published, and about to be handled by ${step.service}.`
      return { ...NOTHING, level: 'normal', sentence, service: step.service, since: step.since }
    },
  },
]
