import { CqrsError } from '../errors.ts'
import type { AnyAggregate, Creation, NamedEvent } from './aggregate.ts'
import type { Rejection } from './rejection.ts'
import { reject } from './rejection.ts'

/** The aggregate as a command meets it. `version` 0: there is no such stream. */
export interface Target {
  readonly id: string
  readonly version: number
  readonly state: unknown
}

export interface CommandConditions {
  /**
   * The version of the stream on which the command's sender made up their mind, as with Axon's `@TargetAggregateVersion`; 0 means that the
   * stream must not exist. At another version the command is rejected as VERSION_CONFLICT. Default: any version will do.
   */
  readonly expectedVersion?: number
}

/** What a command may find: undefined where the aggregate has no rules about it. */
export function creationOf({ creation }: AnyAggregate, command: string): Creation | undefined {
  return creation === undefined ? undefined : (creation[command] ?? 'never')
}

/** Takes one command to its decision: first the rules that the kernel keeps for the aggregate, then the aggregate's own. Pure. */
export function decide(
  aggregate: AnyAggregate,
  target: Target,
  command: { readonly type: string; readonly data: unknown },
  conditions?: CommandConditions,
): readonly NamedEvent[] | Rejection {
  const { type, data } = command
  const handle = aggregate.decide[type]
  if (handle === undefined) {
    throw new CqrsError(
      'UNKNOWN_COMMAND',
      `Aggregate '${aggregate.name}' has no command '${type}'; it has ${Object.keys(aggregate.decide).join(', ')}.`,
    )
  }
  return ruledOut(aggregate, target, type, conditions?.expectedVersion) ?? handle(data as never, target.state as never)
}

function ruledOut(
  aggregate: AnyAggregate,
  { id, version, state }: Target,
  command: string,
  expected: number | undefined,
): Rejection | undefined {
  const { name } = aggregate
  const creation = creationOf(aggregate, command)
  const details = { aggregate: name, id }
  if (version > 0 && aggregate.ended?.(state as never) === true) {
    return reject('AGGREGATE_DELETED', `The life of ${name} ${id} is over; it takes no command any more.`, details)
  }
  if (version === 0 && creation === 'never') {
    return reject('AGGREGATE_NOT_FOUND', `There is no ${name} ${id}, and ${command} does not begin one.`, details)
  }
  if (version > 0 && creation === 'always') {
    return reject('AGGREGATE_EXISTS', `There is a ${name} ${id} already; ${command} would begin another.`, details)
  }
  if (expected === undefined || expected === version) return undefined
  if (!(Number.isSafeInteger(expected) && expected >= 0)) {
    throw new CqrsError(
      'INVALID_ARGUMENT',
      `expectedVersion of ${command} for ${name} ${id} is ${expected}: it must be a whole number, 0 or more.`,
    )
  }
  return reject(
    'VERSION_CONFLICT',
    `${name} ${id} is at version ${version}, not at ${expected}: it has changed. Read it again, and decide on what it is now.`,
    { ...details, expected, actual: version },
  )
}
