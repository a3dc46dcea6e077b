import { CqrsError } from '../errors.ts'

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** `because`: where the name ends up. */
export function requireName(kind: string, name: string, because: string): void {
  if (NAME.test(name)) return
  throw new CqrsError(
    'INVALID_DEFINITION',
    `${kind} name '${name}' is not usable: it needs letters, digits and '_', starting with a letter, because ${because}.`,
  )
}

export function requireCounts(of: string, fields: Readonly<Record<string, number | undefined>>): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue
    throw new CqrsError('INVALID_DEFINITION', `${field} of ${of} is ${value}: it must be a whole number above 0.`)
  }
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
