/** Who calls, as a verified token says. */
export interface Principal {
  /** For a customer: the customerId. */
  readonly subject: string
  readonly roles: readonly string[]
  /** Until when the token counts. Milliseconds since 1970. */
  readonly expiresAt: number
}

/** The value that a dotted path leads to, and the whole name first: claims such as `https://shop.example/roles` have dots of their own. */
function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** A list of texts as it is, a text parted at its blanks (RFC 8693 `scope`); of anything else, none. */
export function rolesIn(claims: Readonly<Record<string, unknown>>, path: string): readonly string[] {
  const value = claimAt(claims, path)
  if (typeof value === 'string') return value.split(' ').filter((role) => role !== '')
  return Array.isArray(value) ? value.filter((role): role is string => typeof role === 'string') : []
}

/** Undefined when the claim is not there or no text. */
export function subjectIn(claims: Readonly<Record<string, unknown>>, path: string): string | undefined {
  const value = claimAt(claims, path)
  return typeof value === 'string' && value !== '' ? value : undefined
}
