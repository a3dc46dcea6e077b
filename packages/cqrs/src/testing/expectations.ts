import { AssertionError, deepStrictEqual } from 'node:assert/strict'

/** Where the time of a fixture begins. */
export const START = '2026-01-01T00:00:00.000Z'

export function same(actual: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (error) {
    const difference = error instanceof Error ? error.message : String(error)
    throw new AssertionError({ message: `${message}\n${difference}`, actual, expected, operator: 'deepStrictEqual' })
  }
}

export function survivesJson(value: unknown, what: string): void {
  const text = JSON.stringify(value)
  same(
    text === undefined ? undefined : JSON.parse(text),
    value,
    `${what} does not survive JSON, which is how it is stored`,
  )
}

export function instantOf(text: string): Date {
  const instant = new Date(text)
  if (Number.isNaN(instant.getTime())) throw new AssertionError({ message: `'${text}' is not an ISO 8601 instant` })
  return instant
}

export const names = (table: object): string => Object.keys(table).join(', ')

/** What is due first until then; of the same instant, what was scheduled first. */
export function dueFirst<D extends { readonly dueAt: string }>(deadlines: readonly D[], until: Date): D | undefined {
  const [first] = deadlines
    .filter(({ dueAt }) => Date.parse(dueAt) <= until.getTime())
    .toSorted((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt))
  return first
}
