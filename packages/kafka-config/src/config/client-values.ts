import type { Client, ClientKey, ClientKeyName, ClientKeyValue } from './client-keys.ts'
import { CLIENT_KEYS } from './client-keys.ts'
import type { Assignment, Problems } from './problems.ts'
import type { OwnKeyName, OwnKeyValue } from './spring-keys.ts'
import { OWN_KEYS } from './spring-keys.ts'

/** Typed reading of what one client is configured with. */
export interface ClientValues {
  readonly client: Client
  /** The value; the default when it is not set, or not valid (which is a problem then). */
  value<K extends ClientKeyName>(name: K): ClientKeyValue<K>
  /** Where it was set. */
  at(name: ClientKeyName): Assignment | undefined
}

export function createClientValues(
  client: Client,
  assignments: ReadonlyMap<string, Assignment>,
  problems: Problems,
): ClientValues {
  return {
    client,
    at: (name) => assignments.get(name),
    value<K extends ClientKeyName>(name: K) {
      const key: ClientKey = CLIENT_KEYS[name]
      const assignment = assignments.get(name)
      const fallback = key.defaultFor?.[client] ?? key.setting.default
      return parse(key.setting, assignment, fallback, problems) as ClientKeyValue<K>
    },
  }
}

export type OwnValues = <K extends OwnKeyName>(name: K) => OwnKeyValue<K>

export function createOwnValues(assignments: ReadonlyMap<string, Assignment>, problems: Problems): OwnValues {
  return <K extends OwnKeyName>(name: K) =>
    parse(OWN_KEYS[name], assignments.get(name), OWN_KEYS[name].default, problems) as OwnKeyValue<K>
}

function parse(
  setting: ClientKey['setting'],
  assignment: Assignment | undefined,
  fallback: unknown,
  problems: Problems,
): unknown {
  if (assignment === undefined) return fallback
  try {
    return setting.parse(assignment.text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    problems.add('INVALID_VALUE', assignment, `is not valid: expected ${error.message}`)
    return fallback
  }
}
