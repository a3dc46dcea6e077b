import type { ExpectedStep } from '../timeline.ts'
import type { Rule } from './facts.ts'
import { ageOf, cannot, groupOf, isDown, NOTHING, PATIENCE_MS, serviceOf, sinceWords } from './facts.ts'

const BROKER_SILENT = /broker|ECONNREFUSED|not reachable|connect/i

/** Something that the next step needs does not work. */
export const BROKEN_PARTS: readonly Rule[] = [
  {
    code: 'DATABASE_AWAY',
    find: (facts) => {
      const unread = new Map(facts.timeline.unread.map(({ service, reason }) => [service, reason]))
      const away = (step: ExpectedStep) => unread.get(step.service) ?? isDown(facts, step, 'database')
      const step = facts.open.find((one) => away(one) !== undefined && serviceOf(facts, one.service)?.lock == null)
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
      const step = facts.open.find(({ service }) => serviceOf(facts, service)?.lock != null)
      const lock = step && serviceOf(facts, step.service)?.lock
      if (step === undefined || lock === null || lock === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(
          facts,
          step,
          `its database waits for a lock on ${lock.table ?? 'rows'} that ${lock.holder} holds${sinceWords(facts, lock.since)}.`,
        ),
        todo: 'Let the holder finish, or end it with pg_terminate_backend. No attempt is counted; everything goes on by itself.',
        runbook: 3,
      }
    },
  },
  {
    code: 'SERVICE_DOWN',
    find: (facts) => {
      const step = facts.open.find(({ service }) => serviceOf(facts, service)?.answers === false)
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
      const { brokerAnswers } = facts.health
      const silent = (step: ExpectedStep) => {
        if (step.kind !== 'handling' && step.kind !== 'publication') return undefined
        const detail = isDown(facts, step, 'kafka', 'event-publisher', 'kafka-consumer')
        if (detail !== undefined && BROKER_SILENT.test(detail)) return `Kafka does not answer (${detail}).`
        return brokerAnswers === false && ageOf(facts, step.since) > PATIENCE_MS ? 'Kafka does not answer.' : undefined
      }
      const step = facts.open.find((one) => silent(one) !== undefined)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(facts, step, silent(step) ?? ''),
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
      const step = facts.open.find((one) => held(one) !== undefined)
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
      const stopped = (step: ExpectedStep) => {
        if (step.kind !== 'handling') return undefined
        const since = groupOf(facts, step.service)?.stoppedSince ?? null
        if (since !== null) return `somebody has stopped its listener${sinceWords(facts, since)}.`
        const detail = isDown(facts, step, 'kafka-consumer')
        return detail === undefined ? undefined : `its listener does not work (${detail}).`
      }
      const step = facts.open.find((one) => stopped(one) !== undefined)
      if (step === undefined) return undefined
      return {
        ...NOTHING,
        ...cannot(facts, step, stopped(step) ?? ''),
        todo: 'Start the listener again on the page of the consumers if it was stopped there; otherwise its health says what is missing.',
        runbook: 2,
      }
    },
  },
  {
    code: 'NO_MEMBERS',
    find: (facts) => {
      const step = facts.open.find(
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
]
