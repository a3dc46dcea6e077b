import type { PendingDeadline, Rejection } from '@stocker/cqrs'
import { isRejection } from '@stocker/cqrs'
import type { ServiceModel } from '../watched-services.ts'
import { eventWords } from './words.ts'

/** The state of a saga or of an aggregate, by its scope as in the table of deadlines; undefined: it is not known. */
export type StateOf = (scope: string, id: string) => unknown

const UNKNOWN = 'What would happen at its time happens now; what that is cannot be told from here.'

/** What comes of a deadline that fires before its time, by the same pure rules that its service will ask. A sentence for who is about to do it. */
export function deadlineOutcome(
  model: Pick<ServiceModel, 'aggregates' | 'sagas'>,
  deadline: Pick<PendingDeadline, 'scope' | 'id' | 'name' | 'dueAt'>,
  stateOf: StateOf,
): string {
  const { scope, id } = deadline
  const state = stateOf(scope, id)
  if (state === undefined || state === null) return UNKNOWN
  try {
    return scope.startsWith('saga:') ? ofSaga(model, deadline, state) : ofAggregate(model, deadline, state)
  } catch {
    // Its payload, or a state of before a change of the rules, may not be what the rules of today expect.
    return UNKNOWN
  }
}

type Deadline = Pick<PendingDeadline, 'scope' | 'id' | 'name' | 'dueAt'>

function ofSaga({ sagas }: Pick<ServiceModel, 'sagas'>, { scope, id, name, dueAt }: Deadline, state: unknown): string {
  const handle = sagas.find((saga) => scope === `saga:${saga.name}`)?.deadlines[name]
  if (handle === undefined) return UNKNOWN
  const context = { now: dueAt, eventId: '', occurredAt: dueAt, correlationId: id, aggregate: null, key: null, id }
  const { commands = [], schedule = {} } = handle(state as never, {} as never, context)
  if (commands.length > 0) {
    const told = commands.map(
      ({ aggregate, command }) => `${aggregate.name}: ${eventWords(command.type)}${reasonIn(command.data)}`,
    )
    return `What would happen at its time happens now, and cannot be taken back. ${told.join('; ')}.`
  }
  const next = Object.values(schedule).flatMap((time) => (time !== undefined && 'at' in time ? [time.at] : []))[0]
  return next === undefined
    ? 'It only looks whether something is late.'
    : `It only looks whether something is late, which is not so before ${next}. It is due again then; fired once more, it takes that for late.`
}

function ofAggregate(
  { aggregates }: Pick<ServiceModel, 'aggregates'>,
  { scope, name }: Deadline,
  state: unknown,
): string {
  const aggregate = aggregates.find((each) => scope === `aggregate:${each.name}`)
  const data = aggregate?.deadlines?.(state as never)[name]?.data
  if (aggregate === undefined || data === undefined) return UNKNOWN
  const decision = aggregate.decide[name]?.(data as never, state as never) ?? []
  if (isRejection(decision)) return `It is refused before its time: ${(decision as Rejection).message}.`
  const events = (decision as readonly { readonly type: string }[]).map(({ type }) => eventWords(type))
  return `What would happen at its time happens now, and cannot be taken back. ${aggregate.name}: ${events.join(', ')}.`
}

const reasonIn = (data: object): string =>
  'reason' in data && typeof data.reason === 'string' ? `, ${data.reason}` : ''
