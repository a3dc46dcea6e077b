import type { KernelRejection, Rejection } from './rejection.ts'
import type { EventPlace, Upcaster } from './upcaster.ts'

/** `{ Placed: { items: 3 } }` becomes `{ type: 'Placed', data: { items: 3 } }`. */
export type DomainEvent<E> = { readonly [K in keyof E & string]: { readonly type: K; readonly data: E[K] } }[keyof E &
  string]

/** What a command may answer: events (none means "nothing to do") or a rejection with one of the codes `R`. */
export type Decision<E, R extends string = string> = readonly DomainEvent<E>[] | Rejection<R>

/**
 * What a command expects of its stream, as with Axon's `@CreationPolicy`:
 * - `always`: it begins the stream; where there is one already it is rejected as AGGREGATE_EXISTS.
 * - `ifMissing`: it works on what is there, and begins the stream where nothing is.
 * - `never`: it works on what is there; where nothing is it is rejected as AGGREGATE_NOT_FOUND.
 */
export const CREATIONS = ['always', 'ifMissing', 'never'] as const
export type Creation = (typeof CREATIONS)[number]

/** What the types of commands and of events look like: name → data. */
export type Payloads<T> = { readonly [K in keyof T]: object }

/**
 * The rules of one kind of thing, e.g. an order. Functions are pure: no clock, no ids, no input or output, no mutation
 * of what they are given. Time and ids arrive in the command; an event's time arrives in `at`.
 */
export interface Aggregate<S, C extends Payloads<C>, E extends Payloads<E>, R extends string = string> {
  /** Letters, digits and `_`, starting with a letter. Streams are named `<name>-<id>`. Never change it: stored events carry it. */
  readonly name: string
  /** The state before the first event. */
  readonly initial: S
  readonly decide: { readonly [K in keyof C]: (data: C[K], state: S) => Decision<E, R> }
  /** Which commands may begin a stream; those not named are `never`. Default: every command may, and `decide` alone says no. */
  readonly creation?: { readonly [K in keyof NoInfer<C>]?: Creation }
  /** Whether the life of the aggregate is over, as after Axon's `markDeleted`: every command is rejected as AGGREGATE_DELETED then. */
  readonly ended?: (state: S) => boolean
  readonly evolve: { readonly [K in keyof E]: (state: S, data: E[K], at: EventPlace) => S }
  /**
   * What must happen, and when, if nothing happens before: command → instant (ISO 8601) and data. Derived from the state; the
   * kernel compares it before and after new events and schedules, moves and cancels accordingly. A command that is rejected when it is
   * due is done with: the state has moved on.
   */
  readonly deadlines?: (state: S) => {
    readonly [K in keyof NoInfer<C>]?: { readonly at: string; readonly data: NoInfer<C>[K] } | undefined
  }
  /** The revision in which events are written now; those not named have 1. Raise it when the shape of an event's data changes. */
  readonly revisions?: { readonly [K in keyof NoInfer<E>]?: number }
  /** How stored events of older forms are read: see `upcast`, `rename`, `split` and `drop`. */
  readonly upcasters?: readonly Upcaster[]
  /** Store the state each time so many events have been added; for aggregates with long streams. Default: never. The state must be JSON. */
  readonly snapshotEvery?: number
  /** Shape of the state. Raise it when the shape, or what events make of it, changes: snapshots of another revision are ignored. Default 1. */
  readonly snapshotRevision?: number
}

/** Any aggregate, where the types of its commands and events do not matter. */
export interface AnyAggregate {
  readonly name: string
  readonly initial: unknown
  readonly decide: { readonly [command: string]: (data: never, state: never) => readonly NamedEvent[] | Rejection }
  readonly creation?: { readonly [command: string]: Creation | undefined }
  readonly ended?: (state: never) => boolean
  readonly evolve: { readonly [event: string]: (state: never, data: never, at: EventPlace) => unknown }
  readonly deadlines?: (state: never) => {
    readonly [command: string]: { readonly at: string; readonly data: object } | undefined
  }
  readonly revisions?: { readonly [event: string]: number | undefined }
  readonly upcasters?: readonly Upcaster[]
  readonly snapshotEvery?: number
  readonly snapshotRevision?: number
}

export interface NamedEvent {
  readonly type: string
  readonly data: object
}

export type StateOf<A extends AnyAggregate> = A['initial']

/** `{ type, data }` of every command of an aggregate. */
export type CommandOf<A extends AnyAggregate> = {
  readonly [K in keyof A['decide'] & string]: { readonly type: K; readonly data: Parameters<A['decide'][K]>[0] }
}[keyof A['decide'] & string]

/** `{ type, data }` of every event of an aggregate. */
export type EventOf<A extends AnyAggregate> = {
  readonly [K in keyof A['evolve'] & string]: { readonly type: K; readonly data: Parameters<A['evolve'][K]>[1] }
}[keyof A['evolve'] & string]

/** The rejections that the commands of an aggregate may meet: its own, and the kernel's. */
export type RejectionOf<A extends AnyAggregate> =
  | KernelRejection
  | Extract<ReturnType<A['decide'][keyof A['decide']]>, Rejection>

export function streamName(aggregate: { readonly name: string }, id: string): string {
  return `${aggregate.name}-${id}`
}

/** The name of the aggregate that a stream belongs to. */
export function aggregateOf(stream: string): string {
  return stream.slice(0, stream.indexOf('-'))
}
