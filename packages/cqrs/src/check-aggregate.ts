import type { AnyAggregate } from './aggregate.ts'
import { CREATIONS } from './aggregate.ts'
import { requireCounts, requireName } from './definition.ts'
import { CqrsError } from './errors.ts'

/** Refuses what the types cannot: definitions that could only fail later, with a command or with a stored event. */
export function checkAggregate(aggregate: AnyAggregate): void {
  const { name, snapshotEvery, snapshotRevision } = aggregate
  requireName('Aggregate', name, "streams are named '<name>-<id>'")
  requireCounts(`aggregate '${name}'`, { snapshotEvery, snapshotRevision })
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
