import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { aggregateOf } from '../aggregates/aggregate.ts'
import { evolve } from '../aggregates/fold.ts'
import { isOfToday, storedInFormOfToday } from '../aggregates/form-of-today.ts'
import type { InlineProjection } from '../read-models/projection.ts'
import type { StoredEvent } from '../store/event.ts'
import type { FieldChange } from './field-changes.ts'
import { fieldChanges } from './field-changes.ts'
import type { RowChange } from './row-changes.ts'
import { RowHistory } from './row-changes.ts'

/** What one event did. */
export interface EventEffects {
  readonly event: StoredEvent
  /** The state that the event met, and what it made of it; null when the events before it are not known, or nobody knows its aggregate. */
  readonly state: { readonly before: unknown; readonly after: unknown; readonly changes: readonly FieldChange[] } | null
  /** What it did to the rows of the read models; empty when the state is not known. */
  readonly rows: readonly RowChange[]
}

/**
 * What events did, by the same pure functions that the service ran: `evolve` makes the states, inline projections the rows. Nothing was stored
 * for this. `events`: of one store, in any order; a stream whose first events are missing shows its events without effects (see
 * `readEarlierEvents`). Answers by event, in feed order.
 *
 * It tells what the rules of today make of the events. Where rules have changed since, rows of before may look different until they are rebuilt.
 */
export function effectsOf(
  aggregates: readonly AnyAggregate[],
  projections: readonly InlineProjection[],
  events: readonly StoredEvent[],
): readonly EventEffects[] {
  const known = new Map(aggregates.map((aggregate) => [aggregate.name, aggregate]))
  const states = new Map<string, { readonly version: number; readonly state: unknown }>()
  const history = new RowHistory()
  return events.toSorted(inFeedOrder).map((event) => {
    const { stream } = event
    const aggregate = known.get(aggregateOf(stream))
    const before = states.get(stream) ?? { version: 0, state: aggregate?.initial }
    if (aggregate === undefined || before.version !== event.version - 1) return { event, state: null, rows: [] }
    const forms = isOfToday(aggregate, event) ? [event] : storedInFormOfToday(aggregate, event)
    const after = forms.reduce((state, form) => evolve(aggregate, state, form, event), before.state)
    states.set(stream, { version: event.version, state: after })
    const change = {
      aggregate: aggregate.name,
      id: stream.slice(aggregate.name.length + 1),
      stream,
      version: event.version,
      state: after,
      events: forms,
    }
    const rows = projections
      .filter(({ aggregates: wanted }) => wanted?.includes(aggregate.name) !== false)
      .flatMap((projection) => projection.project([change]))
      .flatMap((statement) => history.apply(statement))
    return {
      event,
      state: { before: before.state, after, changes: fieldChanges(fieldsOf(before.state), fieldsOf(after)) },
      rows,
    }
  })
}

/** States are objects nearly always. */
const fieldsOf = (state: unknown): Readonly<Record<string, unknown>> =>
  typeof state === 'object' && state !== null && !Array.isArray(state) ? { ...state } : { state }

const inFeedOrder = (a: StoredEvent, b: StoredEvent): number => {
  if (a.tx !== b.tx) return a.tx < b.tx ? -1 : 1
  return a.position < b.position ? -1 : 1
}
