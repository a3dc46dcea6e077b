/** One place of a JSON value that changed; undefined where there is nothing on that side. */
export interface JsonChange {
  /** JSON pointer (RFC 6901); empty for the whole value. */
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}

/** What changed from one JSON value to another, down to the smallest part. */
export function jsonDiff(before: unknown, after: unknown, path = ''): readonly JsonChange[] {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) => jsonDiff(before[name], after[name], `${path}/${escaped(name)}`))
  }
  if (before === after || JSON.stringify(before) === JSON.stringify(after)) return []
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }]
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
