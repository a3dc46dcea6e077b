import type { PendingDeadline, StoredEvent } from '@stocker/cqrs'
import { isAfter } from '@stocker/cqrs'
import type { ServiceTrail, UnreadTrail } from './case-trail.ts'
import { keyOf, topicOf } from './case-trail.ts'
import type { StepDraft } from './message-steps.ts'
import type { ExpectedStep } from './timeline.ts'

/** An event that the order's saga waits for. */
export interface AwaitedEvent {
  readonly type: string
  /** Who publishes it. */
  readonly service: string
}

export interface ExpectedParts {
  readonly trails: readonly ServiceTrail[]
  readonly unread: readonly UnreadTrail[]
  readonly steps: readonly StepDraft[]
  /** The step that an event came of. */
  readonly stepOf: (eventId: string) => string | null
  readonly awaited: readonly AwaitedEvent[]
  readonly now: number
  /** The message of an error as it may be seen. */
  readonly errorText: (text: string) => string
  /** What a deadline does when it fires. */
  readonly deadlineOutcome: (service: string, deadline: PendingDeadline) => string
  /** Events that are older have had their time: whether they were handled is forgotten after it. Milliseconds. */
  readonly memoryMs: number
}

/** A deadline that is due for less than this is about to fire. Milliseconds. */
const GRACE_MS = 5_000

const RETRY_NOW =
  'The message is handled again at once; later ones of the order wait behind it as before. It takes effect once, however often it is tried.'
const CALL_NOW =
  'The call is made again at once, with the same key: what has been done already is answered, and not done twice.'

const isLater = (iso: string | null | undefined, now: number): boolean =>
  iso !== null && iso !== undefined && Date.parse(iso) > now

/** What is still to come: it has begun somewhere and has not got further, or will begin by itself. */
export function expectedSteps(parts: ExpectedParts): readonly ExpectedStep[] {
  const begun = [...parts.trails.flatMap((trail) => [...published(trail, parts), ...calls(trail, parts)])]
  const deadlines = parts.trails.flatMap((trail) => pendingDeadlines(trail, parts))
  const known = new Set(parts.trails.flatMap(({ trail }) => trail.events.map(({ type }) => type)))
  const awaited = parts.awaited
    .filter(({ type }) => !known.has(type))
    .map(
      (event): ExpectedStep => ({
        ...NOTHING,
        id: `event/${event.type}`,
        kind: 'event',
        service: event.service,
        title: event.type,
      }),
    )
  return [...begun, ...awaited, ...deadlines.sort(byDue)]
}

const NOTHING = {
  cause: null,
  since: null,
  dueAt: null,
  attempts: 0,
  lastError: null,
  overdue: false,
  runNow: null,
  message: null,
} as const

function published(from: ServiceTrail, parts: ExpectedParts): readonly ExpectedStep[] {
  const { trails, unread, stepOf, now, memoryMs } = parts
  return from.trail.events.flatMap((event): readonly ExpectedStep[] => {
    const topic = topicOf(from, event.type)
    if (topic === undefined || now - Date.parse(event.occurredAt) > memoryMs) return []
    const message = { id: event.id, topic, key: keyOf(event.stream) }
    const common = { ...NOTHING, title: event.type, cause: stepOf(event.id), since: event.occurredAt, message }
    const waiting = isWaiting(event, from, parts)
    const readers = [...trails, ...unread].filter(({ reads }) => reads[topic]?.includes(event.type) === true)
    const handlings = readers.flatMap(({ service }): readonly ExpectedStep[] => {
      const step = parts.steps.find(
        (one) => one.service === service && one.root === event.id && one.state !== 'duplicate',
      )
      if (step !== undefined && step.state !== 'failing') return []
      const last = step?.attempts.at(-1)
      return [
        {
          ...common,
          id: `handling/${service}/${event.id}`,
          kind: 'handling',
          service,
          dueAt: last?.nextAt ?? null,
          runNow: isLater(last?.nextAt, now) ? RETRY_NOW : null,
          attempts: last?.attempt ?? 0,
          lastError: last?.error ?? null,
        },
      ]
    })
    if (!waiting) return handlings
    return [{ ...common, id: `publication/${event.id}`, kind: 'publication', service: from.service }, ...handlings]
  })
}

/** Somebody who has handled it proves that it went out, even where the publisher has not noted that yet. */
export function isWaiting(
  event: StoredEvent,
  from: Pick<ServiceTrail, 'trail' | 'service'>,
  { steps }: Pick<ExpectedParts, 'steps'>,
): boolean {
  const isBehind = Object.values(from.trail.published).some((place) => isAfter(event, place))
  return isBehind && !steps.some(({ root, service }) => root === event.id && service !== from.service)
}

function calls({ service, trail }: ServiceTrail, { stepOf, errorText, now }: ExpectedParts): readonly ExpectedStep[] {
  const events = new Map(trail.events.map((event) => [event.id, event]))
  return trail.outboundCalls.map(
    (call): ExpectedStep => ({
      ...NOTHING,
      id: `call/${service}/${call.key}`,
      kind: 'call',
      service,
      title: `${call.name} ${call.key}`,
      cause: stepOf(intentOf(call.requestedAt, events) ?? ''),
      since: call.requestedAt,
      dueAt: call.attempts === 0 ? null : call.dueAt,
      attempts: call.attempts,
      runNow: call.attempts > 0 && isLater(call.dueAt, now) ? CALL_NOW : null,
      lastError: call.lastError === null ? null : errorText(call.lastError),
    }),
  )
}

/** A call does not name its intent; it was stored in the same transaction. */
const intentOf = (requestedAt: string, events: ReadonlyMap<string, StoredEvent>): string | undefined => {
  const at = Date.parse(requestedAt)
  let nearest: StoredEvent | undefined
  for (const event of events.values()) {
    if (
      nearest === undefined ||
      Math.abs(Date.parse(event.occurredAt) - at) < Math.abs(Date.parse(nearest.occurredAt) - at)
    )
      nearest = event
  }
  return nearest?.id
}

function pendingDeadlines(
  { service, trail }: ServiceTrail,
  { now, errorText, deadlineOutcome }: ExpectedParts,
): readonly ExpectedStep[] {
  return trail.deadlines.map((deadline): ExpectedStep => {
    const { scope, id, name, dueAt, attempts, lastError } = deadline
    return {
      ...NOTHING,
      id: `deadline/${service}/${scope}/${id}/${name}`,
      kind: 'deadline',
      service,
      title: `${scope.slice(scope.indexOf(':') + 1)} ${name}`,
      dueAt,
      attempts,
      runNow: isLater(dueAt, now) || attempts > 0 ? deadlineOutcome(service, deadline) : null,
      lastError: lastError === null ? null : errorText(lastError),
      overdue: now - Date.parse(dueAt) > GRACE_MS,
    }
  })
}

const byDue = (a: ExpectedStep, b: ExpectedStep): number => Date.parse(a.dueAt ?? '') - Date.parse(b.dueAt ?? '')
