import type { PendingDeadline } from '@stocker/cqrs'
import type { CaseEvent, ServiceTrail, UnreadTrail } from './case-trail.ts'
import { eventsById, topicOf } from './case-trail.ts'
import type { StepName } from './compare-times.ts'
import { compared } from './compare-times.ts'
import type { AwaitedEvent } from './expected-steps.ts'
import { expectedSteps, isWaiting } from './expected-steps.ts'
import { foldLong } from './fold-long.ts'
import type { StepDraft } from './message-steps.ts'
import { messageSteps, NO_HOPS } from './message-steps.ts'
import type { Effect, Hop, SlowestHop, Step, StepEvent, Timeline } from './timeline.ts'
import { HOPS } from './timeline.ts'
import type { UnitOfEvents } from './units-of-work.ts'
import { byFeed, unitsOf } from './units-of-work.ts'

export interface TimelineContext {
  readonly orderId: string
  readonly now: Date
  /** Of the order. */
  readonly status: string | null
  readonly unread: readonly UnreadTrail[]
  /** What the order's saga waits for. */
  readonly awaited: readonly AwaitedEvent[]
  /** What an event changed; masked already. */
  readonly effects: (eventId: string) => readonly Effect[]
  /** What a step changed beside its events: the state of a saga, calls to the outside. */
  readonly otherEffects: (stepId: string) => readonly Effect[]
  /** How long the same step takes in recent orders. Milliseconds; null: not known. */
  readonly usualMs: (step: StepName) => number | null
  /** What a deadline does when it fires. */
  readonly deadlineOutcome: (service: string, deadline: PendingDeadline) => string
  /** The message of an error as it may be seen. */
  readonly errorText: (text: string) => string
  /** How long services remember which messages they have handled. Milliseconds. */
  readonly memoryMs: number
  /** Steps that are shown one by one at most. */
  readonly maxSteps: number
}

/** Puts together what the services know of one order. Pure. The services in the order of the story. */
export function buildTimeline(trails: readonly ServiceTrail[], context: TimelineContext): Timeline {
  const events = eventsById(trails)
  const drafts = inOrder(trails.flatMap((trail) => draftsOf(trail, events, context.errorText)))
  const stepByEvent = new Map(
    drafts.flatMap(({ id, unit }) => unit?.events.map((event) => [event.id, id] as const) ?? []),
  )
  const trailOf = new Map(trails.map((trail) => [trail.service, trail]))
  const startedAt = drafts[0]?.beganAt
  let endOfAll = startedAt ?? 0
  const steps = drafts.map((draft): Step => {
    const { beganAt, endedAt, root, unit, ...rest } = draft
    const idleMs = Math.max(0, beganAt - endOfAll)
    endOfAll = Math.max(endOfAll, endedAt)
    const cause = root === null ? undefined : events.get(root)
    return {
      ...rest,
      at: iso(beganAt),
      offsetMs: beganAt - (startedAt ?? beganAt),
      idleMs,
      cause:
        cause === undefined
          ? null
          : { step: stepByEvent.get(cause.event.id) ?? null, eventId: cause.event.id, type: cause.event.type },
      events: eventViews(unit, trailOf.get(draft.service), drafts),
      effects: [...(unit?.events.flatMap(({ id }) => context.effects(id)) ?? []), ...context.otherEffects(draft.id)],
      ...compared(draft, events, context.usualMs(draft)),
    }
  })
  const expected = expectedSteps({
    trails,
    unread: context.unread,
    steps: drafts,
    stepOf: (id) => stepByEvent.get(id) ?? null,
    awaited: context.awaited,
    now: context.now.getTime(),
    errorText: context.errorText,
    deadlineOutcome: context.deadlineOutcome,
    memoryMs: context.memoryMs,
  })
  const involved = new Set([...steps, ...expected].map(({ service }) => service))
  const services = [...trails, ...context.unread].map(({ service }) => service)
  return {
    orderId: context.orderId,
    asOf: context.now.toISOString(),
    status: context.status,
    startedAt: startedAt === undefined ? null : iso(startedAt),
    lastAt: startedAt === undefined ? null : iso(endOfAll),
    lanes: services.filter((service) => involved.has(service)),
    steps: foldLong(steps, context.maxSteps),
    totalSteps: steps.length,
    expected,
    slowest: slowestOf(steps),
    unread: context.unread.map(({ service, reason }) => ({ service, reason })),
  }
}

export function draftsOf(
  trail: ServiceTrail,
  events: ReadonlyMap<string, CaseEvent>,
  errorText: (text: string) => string,
): readonly StepDraft[] {
  const units = unitsOf(trail, events)
  const others = units.filter(({ kind }) => kind !== 'message').map((unit) => ownStep(unit, trail.service))
  return [...messageSteps(trail, units, events, errorText), ...others]
}

/** A command, an answer or a deadline: only when it was written is known. */
function ownStep(unit: UnitOfEvents, service: string): StepDraft {
  const [first] = unit.events
  const at = Date.parse(first?.occurredAt ?? '')
  return {
    id: `${service}/${first?.id}`,
    kind: unit.kind,
    state: 'done',
    service,
    title: first?.type ?? '',
    root: unit.root,
    source: null,
    beganAt: at,
    endedAt: at,
    hops: NO_HOPS,
    clockSkew: false,
    attempts: [],
    redriven: false,
    unit,
  }
}

/** By time, and never before what caused it, whatever the clocks say. */
function inOrder(drafts: readonly StepDraft[]): readonly StepDraft[] {
  const byTime = drafts.toSorted((a, b) => a.beganAt - b.beganAt || inBatch(a, b))
  const producer = new Map(byTime.flatMap((draft) => draft.unit?.events.map(({ id }) => [id, draft] as const) ?? []))
  const placed = new Set<StepDraft>()
  const ordered: StepDraft[] = []
  const place = (draft: StepDraft): void => {
    if (placed.has(draft)) return
    placed.add(draft)
    const cause = draft.root === null ? undefined : producer.get(draft.root)
    if (cause !== undefined) place(cause)
    ordered.push(draft)
  }
  for (const draft of byTime) place(draft)
  return ordered
}

/** What was handled in one batch began together; the events tell in which order. */
const inBatch = (a: StepDraft, b: StepDraft): number => (a.service === b.service ? byFeed(a.unit, b.unit) : 0)

function eventViews(
  unit: UnitOfEvents | null,
  trail: ServiceTrail | undefined,
  steps: readonly StepDraft[],
): readonly StepEvent[] {
  if (unit === null || trail === undefined) return []
  return unit.events.map((event) => {
    const { id, type, stream, version } = event
    const isPublic = topicOf(trail, type) !== undefined
    const publication = !isPublic ? 'private' : isWaiting(event, trail, { steps }) ? 'waiting' : 'published'
    return { id, type, stream, version, publication }
  })
}

function slowestOf(steps: readonly Step[]): SlowestHop | null {
  let slowest: SlowestHop | null = null
  for (const { id, hops } of steps) {
    for (const hop of HOPS satisfies readonly Hop[]) {
      const ms = hops[hop] ?? 0
      if (ms > (slowest?.ms ?? 0)) slowest = { step: id, hop, ms }
    }
  }
  return slowest
}

const iso = (ms: number): string => new Date(ms).toISOString()
