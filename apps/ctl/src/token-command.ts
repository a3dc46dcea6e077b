import type { Flags } from '@stocker/platform'
import { DEFAULT_DATA_DIR, describeFlags, issueToken, parseFlags, usage } from '@stocker/platform'

/** Roles that the services know. */
const ROLES = ['customer', 'support', 'operator', 'developer', 'service'] as const

const FLAGS: Flags = {
  sub: { type: 'string', value: 'name', help: 'who it is for: of a customer, the customerId' },
  role: { type: 'string', value: 'role', help: `${ROLES.join(', ')}; several by commas (default customer)` },
  data: {
    type: 'string',
    value: 'dir',
    help: `data directory of the platform (default ${DEFAULT_DATA_DIR})`,
  },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

export const TOKEN_HELP = `Prints a token for the services' APIs: curl -H "authorization: Bearer $(npm run -s ctl -- token --sub ada)" …

  npm run ctl -- token --sub ada [--role support]

${describeFlags(FLAGS)}
`

/**
 * Prints a token that the services of this machine's platform believe. The key is read where the platform keeps it: who can do that may be anybody.
 * @throws PlatformError USAGE, NO_ISSUER
 */
export async function runTokenCommand(words: readonly string[], print: (text: string) => void): Promise<number> {
  const flags = await parseFlags(words, FLAGS)
  if (flags.has('help')) {
    print(TOKEN_HELP)
    return 0
  }
  const subject = flags.text('sub')
  if (subject === undefined || subject === '') throw usage('token needs --sub: who it is for')
  const roles = (flags.text('role') ?? 'customer').split(',').map((role) => role.trim())
  const unknown = roles.find((role) => !(ROLES as readonly string[]).includes(role))
  if (unknown !== undefined) throw usage(`--role is "${unknown}"; expected one of ${ROLES.join(', ')}`)
  print(await issueToken(flags.text('data') ?? DEFAULT_DATA_DIR, { subject, roles }))
  return 0
}
