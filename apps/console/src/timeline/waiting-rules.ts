import type { GroupHealth, PlatformHealth, ServiceHealth } from './platform-health.ts'
import type { ExpectedStep, Step, Timeline } from './timeline.ts'
import { shownSteps } from './timeline.ts'
import type { Waiting, WaitingCode } from './waiting.ts'
import { clockOn, eventWords, plural, span } from './words.ts'

/** What a rule looks at. */
export interface Facts {
  readonly timeline: Timeline
  readonly health: PlatformHealth
  readonly now: number
  /** What has begun and is not done, the oldest first. */
  readonly open: readonly ExpectedStep[]
  readonly deadlines: readonly ExpectedStep[]
  /** The order is at one of its ends. */
  readonly settled: boolean
}

export type Finding = Omit<Waiting, 'code' | 'customer'>

export interface Rule {
  readonly code: WaitingCode
  /** undefined: it does not apply. */
  readonly find: (facts: Facts) => Finding | undefined
}

/** What has begun for less than this is on its way. Milliseconds. */
const PATIENCE_MS = 5_000

const NOTHING = { todo: null, service: null, since: null, nextAt: null, deadLetter: null, runbook: null } as const

const serviceOf = ({ health }: Facts, name: string): ServiceHealth | undefined => health.services[name]
const groupOf = (facts: Facts, name: string): GroupHealth | undefined =>
  facts.health.groups[serviceOf(facts, name)?.consumerGroup ?? '']

const ageOf = (facts: Facts, since: string | null): number => (since === null ? 0 : facts.now - Date.parse(since))
const sinceWords = (facts: Facts, since: string | null): string =>
  since === null ? '' : ` since ${clockOn(since, facts.timeline.asOf)} (${span(ageOf(facts, since))})`
const nextWords = (facts: Facts, at: string | null): string => {
  if (at === null) return ''
  const ms = Date.parse(at) - facts.now
  return ms <= 0 ? ' It is tried again now.' : ` Next try at ${clockOn(at, facts.timeline.asOf)} (in ${span(ms)}).`
}

/** What cannot go on because of the service that is to do it. */
const heldUp = (facts: Facts, is: (step: ExpectedStep) => boolean): ExpectedStep | undefined =>
  facts.open.find((step) => ageOf(facts, step.since) >= 0 && is(step))

const whatFor = ({ kind, title }: ExpectedStep): string =>
  ({
    handling: `has not handled ${title}`,
    publication: `has not published ${title}`,
    call: `has no answer to its call ${title}`,
    deadline: `has not fired the deadline ${title}`,
    event: `has not published ${title}`,
  })[kind]

/** The first sentence about a service that cannot do what is to be done. */
const cannot = (
  facts: Facts,
  step: ExpectedStep,
  reason: string,
): Pick<Finding, 'level' | 'sentence' | 'service' | 'since' | 'nextAt'> => ({
  level: 'stuck',
  sentence: `${step.service} ${whatFor(step)}${sinceWords(facts, step.since)}: ${reason}`,
  service: step.service,
  since: step.since,
  nextAt: step.dueAt,
})

const givenUp = (facts: Facts, state: Step['state']): Step | undefined =>
  shownSteps(facts.timeline).find((step) => step.state === state)

const deadFinding = (facts: Facts, state: 'dead' | 'undecodable'): Finding | undefined => {
  const step = givenUp(facts, state)
  const last = step?.attempts.at(-1)
  if (step === undefined || last === undefined) return undefined
  const id = step.cause?.eventId ?? step.id.slice(step.service.length + 1)
  const letter = facts.health.deadLetters[`${step.service}/${id}`] ?? facts.health.deadLetters[id]
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

const isDown = (facts: Facts, step: ExpectedStep, ...components: readonly string[]): string | undefined => {
  const down = serviceOf(facts, step.service)?.down ?? {}
  return components.map((name) => down[name]).find((detail) => detail !== undefined)
}

const BROKER_SILENT = /broker|ECONNREFUSED|not reachable|connect/i

/** A service that has nothing to wait for itself but somebody outside. */
const CALLED = { 'payment-service': 'the payment gateway', 'delivery-service': 'the courier' } as const
const calledBy = (service: string): string => CALLED[service as keyof typeof CALLED] ?? 'its partner'

/** What a deadline of an aggregate stands for while it is not due. */
const PENDING: Readonly<Record<string, string>> = {
  'delivery AskCourier': 'the parcel is with the courier, who owes a report; the courier is asked',
  'delivery RequestAttempt': 'the last attempt to deliver failed; the next one is asked for',
  'payment RetryRefund': 'the gateway refused the refund; it is asked for again',
  'cart Expire': 'the cart is open; it expires',
}

export const WAITS_OF_SAGA: Readonly<Record<string, string>> = {
  PaymentProcessedEvent: 'the payment',
  OrderDispatchedEvent: 'the dispatch',
  OrderDeliveredEvent: 'the delivery',
  PaymentCapturedEvent: 'the money to be taken',
}

/** From the surest to the weakest; the first that applies is the reason. */
export const WAITING_RULES: readonly Rule[] = [
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
  {
    code: 'DATABASE_AWAY',
    find: (facts) => {
      const unread = new Map(facts.timeline.unread.map(({ service, reason }) => [service, reason]))
      const away = (step: ExpectedStep) => unread.get(step.service) ?? isDown(facts, step, 'database')
      const step = heldUp(facts, (one) => away(one) !== undefined && serviceOf(facts, one.service)?.lock == null)
      const [first] = facts.timeline.unread
      if (step === undefined && (first === undefined || facts.settled || facts.open.length > 0)) return undefined
      const service = step?.service ?? first?.service ?? ''
      const reason = step === undefined ? (first?.reason ?? '') : (away(step) ?? '')
      const todo = 'Bring the database back. Nothing is lost and no attempt is counted; everything goes on by itself.'
      if (step === undefined)
        return {
          ...NOTHING,
          level: 'stuck',
          sentence: `The database of ${service} does not answer, so what became of the order there is not known: ${reason}.`,
          todo,
          service,
          runbook: 2,
        }
      return { ...NOTHING, ...cannot(facts, step, `its database does not answer (${reason}).`), todo, runbook: 2 }
    },
  },
  {
    code: 'DATABASE_LOCKED',
    find: (facts) => {
      const step = heldUp(facts, ({ service }) => serviceOf(facts, service)?.lock != null)
      const lock = step && serviceOf(facts, step.service)?.lock
      if (step === undefined || lock === null || lock === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(
          facts,
          step,
          `its database waits${sinceWords(facts, lock.since)} for a lock that ${lock.holder} holds.`,
        ),
        todo: 'Let the holder finish, or end it with pg_terminate_backend; everything goes on by itself.',
        runbook: 3,
      }
    },
  },
  {
    code: 'SERVICE_DOWN',
    find: (facts) => {
      const step = heldUp(facts, ({ service }) => serviceOf(facts, service)?.answers === false)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(facts, step, 'the service does not answer.'),
        todo: `Start ${step.service}; it goes on where it was, and nothing is lost.`,
        runbook: 5,
      }
    },
  },
  {
    code: 'BROKER_AWAY',
    find: (facts) => {
      const silent = (step: ExpectedStep) => {
        if (step.kind !== 'handling' && step.kind !== 'publication') return undefined
        const detail =
          isDown(facts, step, 'kafka-broker', 'broker', 'kafka') ??
          isDown(facts, step, 'event-publisher', 'kafka-consumer')
        return detail !== undefined && BROKER_SILENT.test(detail) ? detail : undefined
      }
      const step = heldUp(facts, (one) => silent(one) !== undefined)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(facts, step, `Kafka does not answer (${silent(step)}).`),
        todo: 'Bring the broker back; everything goes on by itself.',
        runbook: 2,
      }
    },
  },
  {
    code: 'PARTITION_HELD',
    find: (facts) => {
      const held = (step: ExpectedStep) => {
        const detail = step.kind === 'handling' ? isDown(facts, step, 'kafka-consumer') : undefined
        return detail !== undefined && /held back/.test(detail) ? detail : undefined
      }
      const step = heldUp(facts, (one) => held(one) !== undefined)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(facts, step, `it waits behind events that fail (${held(step)}).`),
        todo: 'Mend the reason of the failing events; it is in the log and on the page of the consumers.',
        runbook: 2,
      }
    },
  },
  {
    code: 'LISTENER_STOPPED',
    find: (facts) => {
      const stopped = (step: ExpectedStep) =>
        step.kind === 'handling' ? isDown(facts, step, 'kafka-consumer') : undefined
      const step = heldUp(facts, (one) => stopped(one) !== undefined)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(facts, step, `its listener does not work (${stopped(step)}).`),
        todo: 'Resume the listener if somebody has paused it; otherwise its health says what is missing.',
        runbook: 2,
      }
    },
  },
  {
    code: 'NO_MEMBERS',
    find: (facts) => {
      const step = heldUp(
        facts,
        (one) =>
          one.kind === 'handling' &&
          groupOf(facts, one.service)?.members === 0 &&
          ageOf(facts, one.since) > PATIENCE_MS,
      )
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(
          facts,
          step,
          `nobody is a member of its consumer group ${serviceOf(facts, step.service)?.consumerGroup}.`,
        ),
        todo: `Start or resume ${step.service}; it goes on where it was.`,
        runbook: 2,
      }
    },
  },
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
    find: ({ settled, timeline, deadlines }) =>
      settled && deadlines.length === 0
        ? {
            ...NOTHING,
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
