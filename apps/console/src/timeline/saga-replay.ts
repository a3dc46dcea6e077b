import type { AnySaga, StoredEvent } from '@stocker/cqrs'
import type { CaseEvent, ServiceTrail } from './case-trail.ts'
import { keyOf } from './case-trail.ts'
import type { FieldChange } from './timeline.ts'
import type { UnitOfEvents } from './units-of-work.ts'
import { byFeed } from './units-of-work.ts'

/** What a piece of work changed of a saga. */
export interface SagaStep {
  /** The message, or the first event of the piece of work. */
  readonly root: string
  readonly saga: string
  readonly id: string
  readonly began: boolean
  readonly changes: readonly FieldChange[]
}

interface Happening {
  readonly root: string
  readonly at: string
  readonly message: CaseEvent | undefined
  readonly unit: UnitOfEvents | undefined
}

/**
 * A saga keeps no history: only its state of now is stored. Its handlers are pure, so that what each message and event did to it is found by handling
 * them again, in the order in which the service did. Where that does not lead to the state that is stored, nothing is told.
 */
export function replaySagas(
  { trail, consumerGroup }: ServiceTrail,
  sagas: readonly AnySaga[],
  units: readonly UnitOfEvents[],
  events: ReadonlyMap<string, CaseEvent>,
): readonly SagaStep[] {
  const happenings = inOrder(trail, consumerGroup, units, events)
  return trail.sagas.flatMap((instance) => {
    const saga = sagas.find(({ name }) => name === instance.saga)
    if (saga === undefined) return []
    try {
      const { state, steps } = replay(saga, instance.id, happenings)
      return sameFacts(state, instance.state) ? steps : []
    } catch {
      // Rules of today need not fit what happened under others.
      return []
    }
  })
}

function inOrder(
  trail: ServiceTrail['trail'],
  consumerGroup: string,
  units: readonly UnitOfEvents[],
  events: ReadonlyMap<string, CaseEvent>,
): readonly Happening[] {
  const messages = new Map(units.flatMap((unit) => (unit.kind === 'message' ? [[unit.root, unit] as const] : [])))
  const handled = trail.handled
    .filter(({ consumer }) => consumer === consumerGroup)
    .map(({ messageId, handledAt }): Happening => {
      const unit = messages.get(messageId)
      return { root: messageId, at: unit?.events[0]?.occurredAt ?? handledAt, message: events.get(messageId), unit }
    })
  const others = units
    .filter(({ kind }) => kind !== 'message')
    .map(
      (unit): Happening => ({
        root: unit.events[0]?.id ?? '',
        at: unit.events[0]?.occurredAt ?? '',
        message: undefined,
        unit,
      }),
    )
  return [...handled, ...others].sort((a, b) => a.at.localeCompare(b.at) || byFeed(a.unit, b.unit))
}

function replay(saga: AnySaga, id: string, happenings: readonly Happening[]) {
  let state: unknown
  const steps: SagaStep[] = []
  for (const { root, at, message, unit } of happenings) {
    const before = state
    for (const event of [...(message === undefined ? [] : [message.event]), ...(unit?.events ?? [])]) {
      state = stateAfter(saga, id, state, event, event === message?.event ? null : event, at)
    }
    if (state === before) continue
    const changes = changesBetween(before ?? saga.initial, state)
    if (changes.length > 0) steps.push({ root, saga: saga.name, id, began: before === undefined, changes })
  }
  return { state, steps }
}

/** `own`: the event when it is one of the service's own; null for a message. */
function stateAfter(
  saga: AnySaga,
  id: string,
  state: unknown,
  { id: eventId, type, data, stream, occurredAt, metadata }: StoredEvent,
  own: StoredEvent | null,
  now: string,
): unknown {
  const handler = Object.hasOwn(saga.on, type) ? saga.on[type] : undefined
  const key = keyOf(stream)
  const aggregate = own === null ? null : stream.slice(0, stream.indexOf('-'))
  const context = { now, eventId, occurredAt, correlationId: metadata.correlationId, aggregate, key }
  if (handler?.id?.(data as never, context) !== id) return state
  if (state === undefined && handler.starts !== true) return state
  const reaction = handler.handle((state ?? saga.initial) as never, data as never, { ...context, id })
  return 'state' in reaction ? reaction.state : state
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/** Times follow from settings that only the service knows. */
const isTime = (value: unknown): boolean => value === '' || (typeof value === 'string' && ISO.test(value))

function changesBetween(before: unknown, after: unknown): readonly FieldChange[] {
  if (!isObject(before) || !isObject(after)) return []
  return Object.keys(after).flatMap((field): readonly FieldChange[] => {
    const [from, to] = [before[field], after[field]]
    if ((isTime(from) && isTime(to)) || JSON.stringify(from) === JSON.stringify(to)) return []
    return [{ field, before: from, after: to }]
  })
}

/** A deadline that fired may have counted something up; what the events told is the same. */
function sameFacts(replayed: unknown, stored: unknown): boolean {
  if (!isObject(replayed) || !isObject(stored)) return false
  return Object.keys(stored).every((field) => {
    const [a, b] = [replayed[field], stored[field]]
    return (isTime(a) && isTime(b)) || typeof b === 'number' || JSON.stringify(a) === JSON.stringify(b)
  })
}
