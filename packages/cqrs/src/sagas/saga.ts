import { deepFreeze, requireCounts, requireName } from '../aggregates/definition.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import type { Scheduled } from '../deadlines/deadline.ts'
import { CqrsError } from '../errors.ts'

/** What is known about an event besides its data. */
export interface EventContext {
  /** Instant of the transaction, the same for everything in it. ISO 8601, UTC. */
  readonly now: string
  /** Of the event or message; for a deadline, of this one scheduling of it. */
  readonly eventId: string
  /** ISO 8601. A message that does not say when it happened: `now`. A deadline: when it was due. */
  readonly occurredAt: string
  readonly correlationId: string
  /** Name of the aggregate whose event it is; null for a message or deadline. */
  readonly aggregate: string | null
  /** Id of the aggregate whose event it is, or key of the message; null for a deadline. */
  readonly key: string | null
}

export interface SagaContext extends EventContext {
  /** Of the instance. */
  readonly id: string
}

/** A command that an aggregate refused. */
export interface RefusedCommand {
  readonly command: AddressedCommand
  readonly rejection: Rejection
}

type Values = Readonly<Record<string, string | readonly string[]>>

/**
 * What a saga does about an event. Everything of it is stored in the transaction of the event, in this order: state, associations,
 * cancelled deadlines, scheduled deadlines, commands, end. `{}` is nothing.
 */
export interface Reaction<S = unknown, D = AnyDeadlines> {
  /** JSON. Left out: as before. */
  readonly state?: S
  /** Executed in order, each whether or not those before it were accepted. See `send`. */
  readonly commands?: readonly AddressedCommand[]
  /** By name. A name that is scheduled already is moved. */
  readonly schedule?: { readonly [N in keyof D]?: Scheduled<D[N]> }
  readonly cancel?: readonly (keyof D & string)[] | 'all'
  /** Property → value or values, by which later events find the instance; they come on top of those that it has. */
  readonly associate?: Values
  readonly dissociate?: Values
  /**
   * The instance is over: its deadlines are cancelled and its associations deleted, and later events pass it by. When a
   * command of the same reaction is rejected it is not over yet; the reaction of `rejected` decides.
   */
  readonly end?: boolean
}

type Payloads<T> = { readonly [K in keyof T]: object }

/** How an event finds instances of the saga, and what they do about it. */
export type SagaEventHandler<S, Data, D> = {
  /** Pure. */
  readonly handle: (state: S, data: Data, context: SagaContext) => Reaction<S, D>
} & (
  | {
      /** The one instance that the event concerns; null for none. */
      readonly id: (data: Data, context: EventContext) => string | null
      /** Begins an instance when there is none of the id (Axon's `@StartSaga`, forceNew = false). One that has ended is not begun again. */
      readonly starts?: boolean
      /** Goes on with an instance that has ended, with its last state. */
      readonly reopens?: boolean
      readonly association?: undefined
    }
  | {
      /** Property → value: every instance that was associated with all of them, in the order of their ids; null for none. */
      readonly association: (data: Data, context: EventContext) => Readonly<Record<string, string>> | null
      readonly id?: undefined
      readonly starts?: undefined
      readonly reopens?: undefined
    }
)

/**
 * A business process over several aggregates and services: it waits for events, remembers where it stands, sends commands and sets
 * deadlines. Functions are pure, like those of an aggregate: time and ids arrive in the event and its context.
 */
export interface Saga<S, E extends Payloads<E>, D extends Payloads<D>> {
  /** Letters, digits and `_`, starting with a letter. Never change it: stored instances carry it. */
  readonly name: string
  /** The state before the first event. JSON, like every state. */
  readonly initial: S
  /** Shape of the state. Raise it when the shape changes, and add `upcast`. Default 1. */
  readonly revision?: number
  /** A state that was stored with an earlier revision → the state of today. */
  readonly upcast?: (state: unknown, fromRevision: number) => S
  /** By type of event: of the store's own aggregates, and of messages that come through the inbox. */
  readonly on: { readonly [K in keyof E]: SagaEventHandler<S, E[K], D> }
  /** By name: what to do when it is due. `{}` for a saga without deadlines. */
  readonly deadlines: { readonly [N in keyof D]: (state: S, payload: D[N], context: SagaContext) => Reaction<S, D> }
  /**
   * A command of this saga was rejected: the business "no" and what to do about it. Without it the event that led to the
   * command fails with SAGA_COMMAND_REJECTED, and nothing of it is stored.
   */
  readonly rejected?: (state: S, refused: RefusedCommand, context: SagaContext) => Reaction<S, D>
  /** For those who watch: an instance that has undone things for minutes needs them, one that waits for a parcel does not. Default: all are `running`. */
  readonly stages?: SagaStages<S>
}

/** What kinds of phases there are, and which one a state belongs to. */
export interface SagaStages<S> {
  readonly names: readonly string[]
  /** Pure; answers one of `names`. */
  readonly of: (state: S) => string
}

export type AnyDeadlines = Readonly<Record<string, object>>

/** Any saga, where its types do not matter. */
export interface AnySaga {
  readonly name: string
  readonly initial: unknown
  readonly revision?: number
  readonly upcast?: (state: unknown, fromRevision: number) => unknown
  readonly on: { readonly [event: string]: AnySagaEventHandler }
  readonly deadlines: {
    readonly [name: string]: (state: never, payload: never, context: SagaContext) => Reaction
  }
  readonly rejected?: (state: never, refused: RefusedCommand, context: SagaContext) => Reaction
  readonly stages?: SagaStages<never> | undefined
}

export interface AnySagaEventHandler {
  readonly handle: (state: never, data: never, context: SagaContext) => Reaction
  readonly id?: ((data: never, context: EventContext) => string | null) | undefined
  readonly association?: ((data: never, context: EventContext) => Readonly<Record<string, string>> | null) | undefined
  readonly starts?: boolean | undefined
  readonly reopens?: boolean | undefined
}

export type SagaStateOf<S extends AnySaga> = S['initial']

/** Name → payload of every deadline of a saga. */
export type DeadlinesOf<S extends AnySaga> = {
  readonly [N in keyof S['deadlines']]: Parameters<S['deadlines'][N]>[1]
}

/**
 * Checks a definition and freezes it, its initial state included, so that a handler that mutates fails at once.
 * Write the three types out: `defineSaga<State, Events, Deadlines>({ ... })`.
 */
export function defineSaga<S, E extends Payloads<E>, D extends Payloads<D>>(definition: Saga<S, E, D>): Saga<S, E, D> {
  const { name, revision, upcast, on } = definition
  requireName('Saga', name, 'instances are stored under it')
  requireCounts(`saga '${name}'`, { revision })
  if (revision !== undefined && revision > 1 && upcast === undefined) {
    throw new CqrsError(
      'INVALID_DEFINITION',
      `Saga '${name}' is at revision ${revision} and has no 'upcast': stored states of earlier revisions could not be read.`,
    )
  }
  for (const [type, { id, association, starts, reopens }] of Object.entries(on as AnySaga['on'])) {
    const fault =
      (id === undefined) === (association === undefined)
        ? "needs either 'id' or 'association'"
        : id === undefined && (starts || reopens)
          ? "needs 'id' to start or reopen an instance"
          : undefined
    if (fault === undefined) continue
    throw new CqrsError('INVALID_DEFINITION', `The handler for ${type} of saga '${name}' ${fault}.`)
  }
  return Object.freeze({ ...definition, initial: deepFreeze(definition.initial) })
}
