import { clockOn, eventWords, plural, span } from '../words.ts'
import type { Facts, Finding, Rule } from './facts.ts'
import { ageOf, NOTHING, PATIENCE_MS, sinceWords } from './facts.ts'

/** What a deadline of an aggregate stands for while it is not due. */
const PENDING: Readonly<Record<string, string>> = {
  'delivery AskCourier': 'the parcel is with the courier, who owes a report; the courier is asked',
  'delivery RequestAttempt': 'the last attempt to deliver failed; the next one is asked for',
  'payment RetryRefund': 'the gateway refused the refund; it is asked for again',
  'cart Expire': 'the cart is open; it expires',
}

const WAITS_OF_SAGA: Readonly<Record<string, string>> = {
  PaymentProcessedEvent: 'the payment',
  OrderDispatchedEvent: 'the dispatch',
  OrderDeliveredEvent: 'the delivery',
  PaymentCapturedEvent: 'the money to be taken',
}

/** A finished order may have dead letters all the same: records that bear its key, and hold nothing of it up. */
function leftBehind(deadLetters: Facts['health']['deadLetters']): Partial<Finding> {
  const ids = [...new Set(Object.values(deadLetters).map(({ id }) => id))].sort((a, b) => Number(a) - Number(b))
  const [first] = ids
  if (first === undefined) return {}
  return {
    todo: `${plural(ids.length, 'dead letter')} with its key ${ids.length === 1 ? 'waits' : 'wait'} for somebody (${ids.join(', ')}): send again what is of use, discard the rest.`,
    deadLetter: first,
    runbook: 9,
  }
}

/** Nothing has begun: it waits for a time or for somebody, or is over. */
export const QUIET_ORDERS: readonly Rule[] = [
  {
    code: 'DEADLINE_PENDING',
    find: (facts) => {
      const step = facts.deadlines.find(({ title }) => PENDING[title] !== undefined)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        level: 'normal',
        sentence: `As it should be: ${PENDING[step.title]} at ${clockOn(step.dueAt ?? '', facts.timeline.asOf)} (in ${span(-ageOf(facts, step.dueAt))}).`,
        service: step.service,
        since: facts.timeline.lastAt,
        nextAt: step.dueAt,
      }
    },
  },
  {
    code: 'FINISHED',
    find: ({ settled, timeline, deadlines, health }) =>
      settled && deadlines.length === 0
        ? {
            ...NOTHING,
            ...leftBehind(health.deadLetters),
            level: 'finished',
            sentence: `The order is ${timeline.status}. Nothing is to come.${timeline.startedAt === null || timeline.lastAt === null ? '' : ` It took ${span(Date.parse(timeline.lastAt) - Date.parse(timeline.startedAt))}.`}`,
          }
        : undefined,
  },
  {
    code: 'SAGA_WAITS',
    find: (facts) => {
      const awaited = facts.timeline.expected.find(({ kind }) => kind === 'event')
      const deadline = facts.deadlines.at(0)
      if (awaited === undefined && deadline === undefined) return undefined
      const { lastAt, asOf } = facts.timeline
      const what =
        awaited === undefined
          ? 'what is to come'
          : `${WAITS_OF_SAGA[awaited.title] ?? eventWords(awaited.title)} (${awaited.title} of ${awaited.service})`
      const until = deadline?.dueAt == null ? '' : `; it is looked at again at ${clockOn(deadline.dueAt, asOf)}`
      const late = ageOf(facts, lastAt) > PATIENCE_MS
      return {
        ...NOTHING,
        level: late ? 'late' : 'normal',
        sentence: `The order waits for ${what}${sinceWords(facts, lastAt)}${until}. Nothing on the way to it is seen to fail.`,
        todo: late && awaited !== undefined ? `See the log of ${awaited.service}.` : null,
        service: awaited?.service ?? null,
        since: lastAt,
        nextAt: deadline?.dueAt ?? null,
        runbook: late ? 1 : null,
      }
    },
  },
  {
    code: 'UNEXPLAINED',
    find: ({ timeline }) => ({
      ...NOTHING,
      level: 'stuck',
      sentence: `The order is ${timeline.status ?? 'not known'}, and nothing is on the way that would move it on.`,
      todo: 'Compare what the services say of it, and hold the books against each other (npm run audit).',
      since: timeline.lastAt,
      runbook: 1,
    }),
  },
]
