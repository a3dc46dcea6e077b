/** Who sends a request: a customer, or somebody who works in the shop. */
export type Caller = { readonly customer: string } | 'staff'

/** What the Authorization header of a caller says; undefined where nobody is asked for a token. */
export type Authorize = (claims: {
  readonly subject: string
  readonly roles: readonly string[]
}) => Promise<string | undefined>

/** A name that no customer has. */
const STAFF = { subject: 'back-office', roles: ['operator'] } as const

/** Gives each caller their header, asking for it once. */
export function openCallers(authorize: Authorize): (caller: Caller) => Promise<Record<string, string>> {
  const known = new Map<string, Promise<Record<string, string>>>()
  return (caller) => {
    const claims = caller === 'staff' ? STAFF : { subject: caller.customer, roles: ['customer'] }
    const name = caller === 'staff' ? 'staff' : `customer ${caller.customer}`
    let headers = known.get(name)
    if (headers === undefined) {
      headers = authorize(claims).then(
        (authorization): Record<string, string> => (authorization === undefined ? {} : { authorization }),
      )
      known.set(name, headers)
    }
    return headers
  }
}
