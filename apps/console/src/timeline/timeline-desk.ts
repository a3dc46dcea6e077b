import type { PendingDeadline, SagaInstance } from '@stocker/cqrs'
import type { Pool } from 'pg'
import type { WatchedService } from '../watched-services.ts'
import { buildTimeline } from './build-timeline.ts'
import { callEffects } from './call-effects.ts'
import { eventsById } from './case-trail.ts'
import { deadlineOutcome } from './deadline-outcome.ts'
import type { Sight } from './effect-views.ts'
import { eventEffects, sagaEffect } from './effect-views.ts'
import { problems } from './errors.ts'
import type { AwaitedEvent } from './expected-steps.ts'
import type { OrderCase } from './read-case.ts'
import { isKnown, readCase } from './read-case.ts'
import { recentOrders } from './recent-orders.ts'
import { replaySagas } from './saga-replay.ts'
import type { Effect, Timeline } from './timeline.ts'
import { unitsOf } from './units-of-work.ts'
import { explainWaiting } from './waiting/explain-waiting.ts'
import { openDeadLetters } from './waiting/open-dead-letters.ts'
import type { GroupHealth, PlatformHealth } from './waiting/platform-health.ts'
import { UNKNOWN_HEALTH } from './waiting/platform-health.ts'
import { createHealthProbe } from './waiting/service-health.ts'
import type { Waiting } from './waiting/waiting.ts'

/** As long as services remember which messages they have handled (the event store's `retentionMs`), less a day for those that are late. */
const MEMORY_MS = 6 * 24 * 3_600_000
const MAX_STEPS = 200

export interface TimelineDesk {
  /** undefined: no service knows the order. `maxSteps`: default 200. @throws ProblemError STORES_AWAY when those that answer know nothing, and others do not answer */
  timeline(
    orderId: string,
    options: { readonly sight: Sight; readonly maxSteps?: number },
  ): Promise<Timeline | undefined>
  /** What it waits for; asks the services that have a part in it how they are. */
  waiting(timeline: Timeline): Promise<Waiting>
}

export interface TimelineParts {
  readonly services: readonly WatchedService[]
  /** Of the console: dead letters. */
  readonly pool: Pool
  /** What an instance of a saga that is not over still waits for; nothing of sagas that it does not know. */
  readonly awaited: (instance: SagaInstance) => readonly AwaitedEvent[]
  /** How a consumer group was seen last; undefined: it was not. */
  readonly groupOf: (group: string) => GroupHealth | undefined
  /** Whether Kafka answered when it was asked last; null: it was not asked. */
  readonly brokerAnswers: () => boolean | null
  readonly now: () => Date
}

/** Reads orders, and explains what they wait for. */
export function createTimelineDesk({
  services,
  pool,
  awaited,
  groupOf,
  brokerAnswers,
  now,
}: TimelineParts): TimelineDesk {
  const healthOf = createHealthProbe(services)
  const usual = recentOrders(services, () => now().getTime())
  const groupsOf = (names: readonly string[]): PlatformHealth['groups'] =>
    Object.fromEntries(
      services.flatMap(({ name, consumerGroup }) => {
        const group = names.includes(name) ? groupOf(consumerGroup) : undefined
        return group === undefined ? [] : [[consumerGroup, group] as const]
      }),
    )
  return {
    timeline: async (orderId, { sight, maxSteps = MAX_STEPS }) => {
      const known = await readCase(services, orderId)
      if (!isKnown(known)) {
        const [away] = known.unread
        if (away !== undefined)
          throw problems(
            'STORES_AWAY',
            `Nothing can be said of order ${orderId}: the database of ${away.service} does not answer (${away.reason}).`,
          )
        return undefined
      }
      return buildTimeline(known.trails, {
        orderId,
        now: now(),
        status: statusOf(known, orderId),
        unread: known.unread,
        awaited: known.trails.flatMap(({ trail }) =>
          trail.sagas.filter(({ id, endedAt }) => id === orderId && endedAt === null).flatMap(awaited),
        ),
        effects: (eventId) => {
          const effects = known.effects.get(eventId)
          return effects === undefined ? [] : eventEffects(effects, sight)
        },
        otherEffects: otherEffectsOf(known, services, sight),
        usualMs: usual(),
        deadlineOutcome: outcomesOf(known, services),
        errorText: (text) => sight.errorText(text),
        memoryMs: MEMORY_MS,
        maxSteps,
      })
    },
    waiting: async (timeline) => {
      const open = timeline.expected.filter(({ kind }) => kind !== 'event')
      if (open.length === 0 && timeline.unread.length === 0) return explainWaiting(timeline, UNKNOWN_HEALTH)
      const names = [...new Set(open.map(({ service }) => service))]
      const [health, deadLetters] = await Promise.all([
        Promise.all(names.map(async (name) => [name, await healthOf(name)] as const)),
        openDeadLetters(pool, services, {
          messageIds: open.flatMap(({ message }) => (message === null ? [] : [message.id])),
          keys: [timeline.orderId],
        }),
      ])
      const platform: PlatformHealth = {
        brokerAnswers: brokerAnswers(),
        services: Object.fromEntries(health),
        groups: groupsOf(names),
        deadLetters,
      }
      return explainWaiting(timeline, platform)
    },
  }
}

/** As its own events tell; null while nobody has them. */
function statusOf({ effects }: OrderCase, orderId: string): string | null {
  const order = latestOf(effects, `order-${orderId}`) as { readonly status?: string } | null
  return order?.status ?? null
}

/** What deadlines of the case do, by the states of now. */
function outcomesOf(
  { trails, effects }: OrderCase,
  services: readonly WatchedService[],
): (service: string, deadline: PendingDeadline) => string {
  return (service, deadline) => {
    const model = services.find(({ name }) => name === service)
    const sagas = trails.find((trail) => trail.service === service)?.trail.sagas ?? []
    if (model === undefined) return ''
    return deadlineOutcome(model, deadline, (scope, id) =>
      scope.startsWith('saga:')
        ? sagas.find((each) => `saga:${each.saga}` === scope && each.id === id)?.state
        : latestOf(effects, `${scope.slice('aggregate:'.length)}-${id}`),
    )
  }
}

/** The state of a stream; null: it is not known. */
function latestOf(effects: OrderCase['effects'], stream: string): unknown {
  let latest: { readonly version: number; readonly state: unknown } = { version: 0, state: null }
  for (const { event, state } of effects.values()) {
    if (event.stream === stream && event.version >= latest.version && state !== null)
      latest = { version: event.version, state: state.after }
  }
  return latest.state
}

function otherEffectsOf(
  { trails }: OrderCase,
  services: readonly WatchedService[],
  sight: Sight,
): (stepId: string) => readonly Effect[] {
  const events = eventsById(trails)
  const effects = new Map<string, Effect[]>()
  for (const trail of trails) {
    const { sagas = [] } = services.find(({ name }) => name === trail.service) ?? {}
    const units = unitsOf(trail, events)
    const ofSagas = replaySagas(trail, sagas, units, events).map(
      (step) => [`${trail.service}/${step.root}`, sagaEffect(step, sight)] as const,
    )
    for (const [id, effect] of [...ofSagas, ...callEffects(trail, units)])
      effects.set(id, [...(effects.get(id) ?? []), effect])
  }
  return (stepId) => effects.get(stepId) ?? []
}
