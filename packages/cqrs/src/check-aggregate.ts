import type { AnyAggregate } from './aggregate.ts'
import { CREATIONS } from './aggregate.ts'
import { CqrsError } from './errors.ts'

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** Refuses what the types cannot: definitions that could only fail later, with a command or with a stored event. */
export function checkAggregate(aggregate: AnyAggregate): void {
  const { name, snapshotEvery, snapshotRevision } = aggregate
  if (!NAME.test(name)) {
    throw new CqrsError(
      'INVALID_DEFINITION',
      `Aggregate name '${name}' is not usable: it needs letters, digits and '_', starting with a letter, because streams are named '<name>-<id>'.`,
    )
  }
  for (const [field, value] of Object.entries({ snapshotEvery, snapshotRevision })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      refuse(name, `${field} is ${value}: it must be a whole number above 0`)
    }
  }
  checkCreation(aggregate)
}

function checkCreation({ name, decide, creation }: AnyAggregate): void {
  if (creation === undefined) return
  const rules = Object.entries(creation)
  for (const [command, rule] of rules) {
    if (!Object.hasOwn(decide, command)) refuse(name, `creation names '${command}', which is not among its commands`)
    if (rule !== undefined && !CREATIONS.includes(rule)) {
      refuse(name, `creation of '${command}' is '${rule}': it must be one of ${CREATIONS.join(', ')}`)
    }
  }
  if (rules.every(([, rule]) => rule === undefined || rule === 'never')) {
    refuse(name, `creation lets no command begin a stream; name one with 'always' or 'ifMissing'`)
  }
}

function refuse(name: string, what: string): never {
  throw new CqrsError('INVALID_DEFINITION', `Aggregate '${name}' is not usable: ${what}.`)
}
