import { CqrsError } from './errors.ts'

export function requireWholeNumber(options: Readonly<Record<string, number>>, min: number): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= min) continue
    throw new CqrsError('INVALID_DEFINITION', `Option '${name}' is ${value}: it must be a whole number from ${min} on.`)
  }
}
