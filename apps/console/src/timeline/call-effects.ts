import type { StoredEvent, Trail } from '@stocker/cqrs'
import type { ServiceTrail } from './case-trail.ts'
import type { Effect } from './timeline.ts'
import type { UnitOfEvents } from './units-of-work.ts'

/**
 * What pieces of work did to calls: asked for them, or stored their answers. An answer deletes the row of its call; which it was, its intent says
 * once more. By the id of the step.
 */
export function callEffects(
  {
    service,
    trail,
    outboundCalls,
  }: Pick<ServiceTrail, 'service' | 'outboundCalls'> & {
    readonly trail: Pick<Trail, 'events' | 'outboundCalls'>
  },
  units: readonly UnitOfEvents[],
): readonly (readonly [stepId: string, effect: Effect])[] {
  const own = new Map(trail.events.map((event) => [event.id, event]))
  const open = new Map(trail.outboundCalls.map((call) => [`${call.name} ${call.key}`, call]))
  const callOf = (event: StoredEvent | undefined) =>
    outboundCalls.flatMap(({ name, intents }) => {
      const call = event && Object.hasOwn(intents, event.type) ? intents[event.type]?.(event) : undefined
      return call === undefined || call === null ? [] : [{ name, key: call.key }]
    })[0]
  const answered = new Set<string>()
  return units.flatMap(({ kind, root, events }) => {
    const id = `${service}/${kind === 'message' ? root : events[0]?.id}`
    const effects: Effect[] = []
    const asked = kind === 'answer' ? callOf(own.get(root ?? '')) : undefined
    if (asked !== undefined && !answered.has(root ?? '') && !open.has(`${asked.name} ${asked.key}`)) {
      answered.add(root ?? '')
      effects.push({ kind: 'call', target: asked.name, key: asked.key, verb: 'delete', changes: [] })
    }
    for (const event of events) {
      const call = callOf(event)
      if (call === undefined) continue
      const due = open.get(`${call.name} ${call.key}`)?.dueAt ?? event.occurredAt
      const changes = [{ field: 'due', before: null, after: due }]
      effects.push({ kind: 'call', target: call.name, key: call.key, verb: 'insert', changes })
    }
    return effects.map((effect) => [id, effect] as const)
  })
}
