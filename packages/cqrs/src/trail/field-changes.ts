export interface FieldChange {
  /** `status`, or a path: `details.total.amount`. Lists are compared as a whole. */
  readonly field: string
  /** undefined: it was not there. */
  readonly before: unknown
  readonly after: unknown
}

type Fields = Readonly<Record<string, unknown>>

/** What differs between two objects, field by field down to plain values and lists; in the order of the fields, those that are gone last. */
export function fieldChanges(before: Fields, after: Fields, path = ''): readonly FieldChange[] {
  const fields = new Set([...Object.keys(after), ...Object.keys(before)])
  return [...fields].flatMap((name): readonly FieldChange[] => {
    const [from, to, field] = [before[name], after[name], path + name]
    if (isEqual(from, to)) return []
    return isObject(from) && isObject(to) ? fieldChanges(from, to, `${field}.`) : [{ field, before: from, after: to }]
  })
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** As in a row of a table, what is absent is null. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a ?? null, b ?? null)) return true
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, n) => isEqual(each, b[n]))
  if (!isObject(a) || !isObject(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((field) => isEqual(a[field], b[field]))
}
