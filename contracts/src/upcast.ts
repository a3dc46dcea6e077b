import type { EventDefinition } from './topic.ts'

type Value = Readonly<Record<string, unknown>>

/**
 * A value of an earlier version as one of the current version. `undefined` if it is not what its version promised, so
 * that a step cannot read it.
 */
export function upcast(
  definition: Pick<EventDefinition, 'version' | 'upcasts'>,
  value: Value,
  version: number,
): Value | undefined {
  let lifted: Value | undefined = value
  try {
    for (let from = version; from < definition.version && lifted !== undefined; from++) {
      lifted = definition.upcasts[from]?.(lifted)
    }
  } catch {
    return undefined
  }
  return lifted
}
