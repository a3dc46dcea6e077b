import type { Properties } from '@stocker/properties'
import { boolean, duration, integer, list, PropertiesError, readProperties, text } from '@stocker/properties'
import type { Role } from './roles.ts'
import { ROLES } from './roles.ts'

export interface AccessConfig {
  /** Who has one of them may log in, in that role. Empty: the console makes one for a developer when it starts. */
  readonly tokens: readonly { readonly role: Role; readonly token: string }[]
  /** Names that the console may be called by, beside the loopback ones. Lower case, without a port. */
  readonly hosts: readonly string[]
  /** How long a login lasts. Milliseconds. */
  readonly sessionMs: number
  /** Whether browsers send the cookie over HTTPS only. */
  readonly secureCookie: boolean
  /** Requests of one viewer in a minute, at most; 0: as many as they like. */
  readonly requestsPerMinute: number
  /** How long somebody sees one thing unmasked after they gave a reason. Milliseconds. */
  readonly unmaskMs: number
}

/** Shorter ones could be guessed. Characters. */
const SHORTEST_TOKEN = 16

const tokenOf = (role: Role) =>
  text(`console.access.tokens.${role}`, { optional: true, description: `Token with which one logs in as ${role}` })

export const ACCESS_SETTINGS = {
  token: text('console.access.token', {
    optional: true,
    description:
      'Token with which one logs in as developer. With no token at all the console makes one at each start and logs it',
  }),
  viewer: tokenOf('viewer'),
  support: tokenOf('support'),
  operator: tokenOf('operator'),
  developer: tokenOf('developer'),
  hosts: list('console.access.hosts', {
    default: [],
    description:
      'Host names by which the console may be called, beside localhost; others are refused, so that no foreign page reaches it by a name of its own',
  }),
  sessionMs: duration('console.access.session-timeout', {
    default: 12 * 3_600_000,
    min: 60_000,
    description: 'How long a login lasts',
  }),
  secureCookie: boolean('console.access.secure-cookie', {
    default: false,
    description: 'Whether browsers may send the cookie over HTTPS only; true when something in front speaks HTTPS',
  }),
  requestsPerMinute: integer('console.access.requests-per-minute', {
    default: 3_000,
    min: 0,
    description: 'Requests of one viewer in a minute at most; 0: no limit',
  }),
  unmaskMs: duration('console.access.unmask-timeout', {
    default: 300_000,
    min: 1_000,
    description: 'How long somebody sees one order, message or dead letter unmasked after they gave a reason',
  }),
}

/** @throws PropertiesError with everything that is wrong */
export function readAccessConfig(properties: Properties): AccessConfig {
  const { token, viewer, support, operator, developer, hosts, ...rest } = readProperties(properties, ACCESS_SETTINGS, {
    ownPrefixes: ['console.access'],
  })
  const given = { viewer, support, operator, developer }
  const tokens = [
    ...ROLES.map((role) => ({ role, token: given[role], key: ACCESS_SETTINGS[role].key })),
    { role: 'developer' as const, token, key: ACCESS_SETTINGS.token.key },
  ].flatMap((each) => (each.token === undefined || each.token === '' ? [] : [{ ...each, token: each.token }]))
  const short = tokens.filter((each) => each.token.length < SHORTEST_TOKEN)
  if (short.length > 0) {
    throw new PropertiesError(
      short.map(({ key }) => ({
        code: 'INVALID_VALUE',
        key,
        message: `${key} (${properties.origin(key) ?? 'value'}) is too short to be a secret: expected at least ${SHORTEST_TOKEN} characters.`,
      })),
    )
  }
  return {
    tokens: tokens.map((each) => ({ role: each.role, token: each.token })),
    hosts: hosts.map((host) => host.toLowerCase()),
    ...rest,
  }
}
