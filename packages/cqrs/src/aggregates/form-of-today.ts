import { CqrsError } from '../errors.ts'
import type { StoredEvent } from '../store/event.ts'
import type { AnyAggregate } from './aggregate.ts'
import { derivedId } from './derived-id.ts'
import type { EventForm, EventPlace, NewForm, Upcaster } from './upcaster.ts'
import { formName } from './upcaster.ts'

/** Deep enough for any history; more is an upcaster that leads back to where it came from. */
const MAX_STEPS = 100

/** The revision in which an aggregate's events of a type are written. */
export function revisionOf({ revisions }: AnyAggregate, type: string): number {
  return revisions?.[type] ?? 1
}

/** Whether the aggregate knows the event as it is stored. */
export const isOfToday = (aggregate: AnyAggregate, { type, revision }: Omit<EventForm, 'data'>): boolean =>
  revision === revisionOf(aggregate, type) && Object.hasOwn(aggregate.evolve, type)

/**
 * A stored event in the form of today: the event itself, or what upcasters make of it. Throws UNKNOWN_EVENT for a type or revision that the
 * aggregate does not know: whoever reads must not pass over what a newer program wrote, or it would be lost to them.
 */
export function inFormOfToday<E extends EventForm & EventPlace>(
  aggregate: AnyAggregate,
  event: E,
): readonly EventForm[] {
  return isOfToday(aggregate, event) ? [event] : steps(aggregate, event, event, 0)
}

/** The same for a whole stored event that is not in the form of today. */
export function storedInFormOfToday(aggregate: AnyAggregate, event: StoredEvent): readonly StoredEvent[] {
  return steps(aggregate, event as StoredEvent<object>, event, 0).map(({ type, revision, data }, n) => ({
    ...event,
    id: n === 0 ? event.id : derivedId(event.id, n),
    type,
    revision,
    data,
  }))
}

function steps(aggregate: AnyAggregate, form: EventForm, place: EventPlace, taken: number): readonly EventForm[] {
  const upcaster = upcasterOf(aggregate, form)
  if (upcaster === undefined) {
    if (isOfToday(aggregate, form)) return [form]
    throw unknownEvent(aggregate, form, place)
  }
  if (taken === MAX_STEPS) {
    throw new CqrsError(
      'INVALID_DEFINITION',
      `The upcasters of aggregate '${aggregate.name}' lead ${form.type} (revision ${form.revision}) in a circle.`,
    )
  }
  return applied(aggregate, upcaster, form, place).flatMap(({ type, revision = 1, data }) =>
    steps(aggregate, { type, revision, data }, place, taken + 1),
  )
}

function applied(
  { name }: AnyAggregate,
  { up }: Upcaster,
  form: EventForm,
  { occurredAt, version }: EventPlace,
): readonly NewForm[] {
  try {
    return up(form, { occurredAt, version })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CqrsError(
      'HANDLER_FAILED',
      `The upcaster of ${name}'s ${form.type} (revision ${form.revision}) threw at version ${version} of its stream: ${reason}`,
      { cause: error },
    )
  }
}

function unknownEvent(
  aggregate: AnyAggregate,
  { type, revision }: Omit<EventForm, 'data'>,
  { version }: EventPlace,
): CqrsError {
  const { name, evolve } = aggregate
  return new CqrsError(
    'UNKNOWN_EVENT',
    Object.hasOwn(evolve, type)
      ? `${name}'s event '${type}' (version ${version}) has revision ${revision}; this program knows revisions up to ${revisionOf(aggregate, type)}. A newer program wrote it: deploy that here, too.`
      : `Aggregate '${name}' has no evolve function for its event '${type}' (version ${version}). Add it, or an upcaster; stored events stay for ever. If a newer program wrote it, deploy that here, too.`,
  )
}

const tables = new WeakMap<AnyAggregate, ReadonlyMap<string, Upcaster>>()

function upcasterOf(aggregate: AnyAggregate, { type, revision }: EventForm): Upcaster | undefined {
  let table = tables.get(aggregate)
  if (table === undefined) {
    table = new Map((aggregate.upcasters ?? []).map((upcaster) => [formName(upcaster), upcaster]))
    tables.set(aggregate, table)
  }
  return table.get(formName({ type, revision })) ?? table.get(type)
}
