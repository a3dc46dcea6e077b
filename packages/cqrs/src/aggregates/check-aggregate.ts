import { CqrsError } from '../errors.ts'
import type { AnyAggregate } from './aggregate.ts'
import { CREATIONS } from './aggregate.ts'
import { requireCounts, requireName } from './definition.ts'
import { revisionOf } from './form-of-today.ts'
import { formName } from './upcaster.ts'

/** Refuses what the types cannot: definitions that could only fail later, with a command or with a stored event. */
export function checkAggregate(aggregate: AnyAggregate): void {
  const { name, snapshotEvery, snapshotRevision } = aggregate
  requireName('Aggregate', name, "streams are named '<name>-<id>'")
  requireCounts(`aggregate '${name}'`, { snapshotEvery, snapshotRevision })
  checkCreation(aggregate)
  checkRevisions(aggregate)
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

function checkRevisions(aggregate: AnyAggregate): void {
  const { name, evolve, revisions = {}, upcasters = [] } = aggregate
  const sources = new Set<string>()
  for (const upcaster of upcasters) {
    const { type, revision } = upcaster
    const form = formName(upcaster)
    if (sources.has(form)) refuse(name, `two upcasters take '${form}'`)
    sources.add(form)
    if (!Object.hasOwn(evolve, type)) continue
    if (revision === undefined) refuse(name, `an upcaster takes every '${type}', which is still among its events`)
    if (revision >= revisionOf(aggregate, type)) {
      refuse(name, `an upcaster takes '${form}', but ${revisionOf(aggregate, type)} is its revision of today`)
    }
  }
  for (const { type, into } of upcasters) {
    const known = into === undefined || Object.hasOwn(evolve, into) || upcasters.some((next) => next.type === into)
    if (!known) refuse(name, `an upcaster turns '${type}' into '${into}', which is not among its events`)
  }
  for (const [type, revision = 1] of Object.entries(revisions)) {
    if (!Object.hasOwn(evolve, type)) refuse(name, `revisions names '${type}', which is not among its events`)
    if (!(Number.isSafeInteger(revision) && revision > 0)) {
      refuse(name, `the revision of '${type}' is ${revision}: it must be a whole number above 0`)
    }
    for (let old = 1; old < revision; old += 1) {
      if (!sources.has(formName({ type, revision: old }))) {
        refuse(
          name,
          `'${type}' is at revision ${revision}, and no upcaster takes revision ${old}; stored events stay for ever`,
        )
      }
    }
  }
}

function refuse(name: string, what: string): never {
  throw new CqrsError('INVALID_DEFINITION', `Aggregate '${name}' is not usable: ${what}.`)
}
