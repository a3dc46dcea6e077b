import type { Flags } from '@stocker/platform'
import { issueToken, usage } from '@stocker/platform'
import type { CtlCommand } from '../command.ts'

/** Roles that the services know. */
const ROLES = ['customer', 'support', 'operator', 'developer', 'service'] as const

const FLAGS: Flags = {
  sub: { type: 'string', value: 'name', help: 'who it is for: of a customer, the customerId' },
  role: { type: 'string', value: 'role', help: `${ROLES.join(', ')}; several by commas (default customer)` },
}

export const token: CtlCommand = {
  words: '--sub <name>',
  help: 'a token for the services’ APIs: curl -H "authorization: Bearer $(npm run -s ctl -- token --sub ada)" …',
  flags: FLAGS,
  maxWords: 0,
  // The key is read where the platform keeps it: who can do that may be anybody.
  run: async ({ flags, dataDir, show }) => {
    const subject = flags.text('sub')
    if (subject === undefined || subject === '') throw usage('token needs --sub: who it is for')
    const roles = (flags.text('role') ?? 'customer').split(',').map((role) => role.trim())
    const unknown = roles.find((role) => !(ROLES as readonly string[]).includes(role))
    if (unknown !== undefined) throw usage(`--role is "${unknown}"; expected one of ${ROLES.join(', ')}`)
    const issued = await issueToken(dataDir, { subject, roles })
    show({ token: issued }, () => issued)
    return 0
  },
}
