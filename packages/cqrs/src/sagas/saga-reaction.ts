import type { Rejection } from '../aggregates/rejection.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import type { DeadlineTime } from '../deadlines/deadline.ts'
import { CqrsError } from '../errors.ts'
import type { AnySaga, EventContext, Reaction, SagaContext } from './saga.ts'

/** One run of the business process. */
export interface SagaInstance<S = unknown> {
  readonly id: string
  readonly state: S
  readonly ended: boolean
}

/** An event as sagas see it, wherever it comes from. */
export interface SagaEvent {
  readonly type: string
  readonly data: unknown
  readonly context: EventContext
}

/** Whom an event concerns. */
export type SagaAddress =
  | { readonly id: string; readonly starts: boolean }
  | { readonly association: Readonly<Record<string, string>> }

/** undefined: the saga does not care. */
export function addressOf(saga: AnySaga, { type, data, context }: SagaEvent): SagaAddress | undefined {
  const handler = Object.hasOwn(saga.on, type) ? saga.on[type] : undefined
  const id = handler?.id?.(data as never, context)
  if (id !== undefined && id !== null) return { id, starts: handler?.starts === true }
  const association = handler?.association?.(data as never, context)
  return association === undefined || association === null ? undefined : { association }
}

/** What carrying out a reaction does to the world around the saga. */
export interface SagaEffects {
  associate(property: string, value: string): void
  dissociate(property: string, value: string): void
  schedule(name: string, time: DeadlineTime, payload: object): void
  cancel(name: string): void
  cancelAll(): void
  /** Answers why the aggregate refused; undefined when it did not. */
  execute(command: AddressedCommand): Rejection | undefined
  /** Called last, after `cancelAll`: its associations go. */
  end(): void
}

/**
 * Lets an instance handle an event and carries out its reaction; the instance as it is then. The same object when nothing came of it.
 * An event that concerns an instance that has ended reopens it, or does nothing.
 */
export function react(saga: AnySaga, instance: SagaInstance, event: SagaEvent, effects: SagaEffects): SagaInstance {
  const handler = saga.on[event.type]
  if (handler === undefined || (instance.ended && handler.reopens !== true)) return instance
  const context = { ...event.context, id: instance.id }
  const active = instance.ended ? { ...instance, ended: false } : instance
  const reaction = handler.handle(active.state as never, event.data as never, context)
  return carryOut(saga, active, reaction, context, effects)
}

/** The same for a deadline that is due. */
export function reactToDeadline(
  saga: AnySaga,
  instance: SagaInstance,
  deadline: { readonly name: string; readonly payload: unknown; readonly context: EventContext },
  effects: SagaEffects,
): SagaInstance {
  if (instance.ended) return instance
  const context = { ...deadline.context, id: instance.id }
  const handle = saga.deadlines[requireDeadline(saga, deadline.name)]
  const reaction = handle?.(instance.state as never, deadline.payload as never, context) ?? {}
  return carryOut(saga, instance, reaction, context, effects)
}

function carryOut(
  saga: AnySaga,
  instance: SagaInstance,
  reaction: Reaction,
  context: SagaContext,
  effects: SagaEffects,
): SagaInstance {
  if (!hasEffect(instance, reaction)) return instance
  const { commands = [], schedule = {}, cancel = [], associate, dissociate, end = false } = reaction
  let reached: SagaInstance = { ...instance, state: 'state' in reaction ? reaction.state : instance.state }
  eachValue(dissociate, effects.dissociate)
  eachValue(associate, effects.associate)
  if (cancel === 'all') effects.cancelAll()
  else for (const name of cancel) effects.cancel(requireDeadline(saga, name))
  for (const [name, scheduled] of Object.entries(schedule)) {
    if (scheduled !== undefined) effects.schedule(requireDeadline(saga, name), scheduled, scheduled.payload ?? {})
  }
  let refused = false
  for (const command of commands) {
    const rejection = effects.execute(command)
    if (rejection === undefined) continue
    refused = true
    if (saga.rejected === undefined) throw unhandled(saga, context, command, rejection)
    const answer = saga.rejected(reached.state as never, { command, rejection }, context)
    reached = carryOut(saga, reached, answer, context, effects)
  }
  if (!end || refused) return reached
  effects.cancelAll()
  effects.end()
  return { ...reached, ended: true }
}

function hasEffect(instance: SagaInstance, reaction: Reaction): boolean {
  const { state, end, ...rest } = reaction
  if ('state' in reaction && state !== instance.state) return true
  return end === true || Object.values(rest).some((part) => part !== undefined && Object.keys(part).length > 0)
}

function eachValue(values: Reaction['associate'], visit: (property: string, value: string) => void): void {
  for (const [property, value] of Object.entries(values ?? {})) {
    if (typeof value === 'string') visit(property, value)
    else for (const one of value) visit(property, one)
  }
}

export function requireDeadline(saga: AnySaga, name: string): string {
  if (Object.hasOwn(saga.deadlines, name)) return name
  const known = Object.keys(saga.deadlines).join(', ') || 'none'
  throw new CqrsError('UNKNOWN_DEADLINE', `Saga '${saga.name}' has no deadline '${name}'; it has ${known}.`)
}

function unhandled(saga: AnySaga, context: SagaContext, refused: AddressedCommand, rejection: Rejection): CqrsError {
  const { aggregate, id, command } = refused
  return new CqrsError(
    'SAGA_COMMAND_REJECTED',
    `Command ${command.type} of saga '${saga.name}' (instance '${context.id}', event ${context.eventId}) to ${aggregate.name} '${id}' ` +
      `was rejected as ${rejection.rejected}: ${rejection.message}. Say what to do then in 'rejected' of the saga.`,
  )
}
