import { CqrsError } from '../errors.ts'
import type { StoredEvent } from '../store/event.ts'
import type { AnyAggregate, EventPlace } from './aggregate.ts'
import { derivedId } from './derived-id.ts'

/** The form of an event that changes from revision to revision: all that an upcaster may change. */
export interface EventForm {
  readonly type: string
  readonly revision: number
  readonly data: object
}

/** What an event becomes; `revision` is 1 unless it is said. */
export type NewForm = Omit<EventForm, 'revision'> & { readonly revision?: number }

/**
 * How one old form of an event becomes the next one. What is stored never changes: upcasters stand between the rows and everybody who reads
 * events, as in Axon; but an upcaster names the form that it takes, so their order in the list does not matter.
 */
export interface Upcaster {
  readonly type: string
  /** Absent: every revision of the type. */
  readonly revision?: number
  /** The type of what comes out, where it is always the same. */
  readonly into?: string
  readonly up: (event: EventForm, at: EventPlace) => readonly NewForm[]
}

/** Deep enough for any history; more is an upcaster that leads back to where it came from. */
const MAX_STEPS = 100

/** The data of one revision becomes that of the next: `upcast('Deposited', 1, ({ amount }) => ({ amount, currency: 'EUR' }))`. */
export function upcast<Old extends object, New extends object>(
  type: string,
  revision: number,
  change: (data: Old, at: EventPlace) => New,
): Upcaster {
  return {
    type,
    revision,
    into: type,
    up: ({ data }, at) => [{ type, revision: revision + 1, data: change(data as Old, at) }],
  }
}

/** The type has another name now. Revisions keep their numbers. */
export function rename(from: string, to: string): Upcaster {
  return { type: from, into: to, up: ({ revision, data }) => [{ type: to, revision, data }] }
}

/**
 * One stored event becomes several, or none, e.g. a transfer a withdrawal and a deposit. They share the version and the place of the stored one. The
 * first keeps its id; the others get ids that follow from it, the same each time.
 */
export function split<Old extends object>(
  type: string,
  revision: number,
  change: (data: Old, at: EventPlace) => readonly NewForm[],
): Upcaster {
  return { type, revision, up: ({ data }, at) => change(data as Old, at) }
}

/** The type means nothing any more. Its versions stay, so that the stream has no gap. */
export function drop(type: string): Upcaster {
  return { type, up: () => [] }
}

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

/** `Deposited 1`, or `Deposited` for all revisions. */
export const formName = ({ type, revision }: { readonly type: string; readonly revision?: number }): string =>
  revision === undefined ? type : `${type} ${revision}`
