import type { Properties } from '@stocker/properties'
import { choice, list, PropertiesError, readProperties, text } from '@stocker/properties'

/** Signatures that tokens may bear. Each is asymmetric: who checks a token cannot make one. */
export const JWS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number]

/** Whose tokens are believed, and what of them says who somebody is. */
export interface TokenRules {
  /** `iss` of the tokens. */
  readonly issuerUri: string
  /** `http(s):` or `file:` URI of the issuer's keys, a JSON Web Key Set (RFC 7517). Default: as the issuer's OpenID configuration says. */
  readonly jwkSetUri?: string
  /** One of these must be in `aud`. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly JwsAlgorithm[]
  /** Claim with the name of who calls, for a customer their customerId. */
  readonly subjectClaim: string
  /** Claim with the roles, a list or a text with blanks between; dots lead into objects (`realm_access.roles`). */
  readonly rolesClaim: string
}

const JWT = 'spring.security.oauth2.resourceserver.jwt'

export const SECURITY_SETTINGS = {
  issuerUri: text(`${JWT}.issuer-uri`, {
    optional: true,
    description:
      'Issuer of the tokens that callers must send (`iss`). Not set: nobody is asked for a token, which is possible on a loopback address only',
  }),
  jwkSetUri: text(`${JWT}.jwk-set-uri`, {
    optional: true,
    pattern: /^(|https?:\/\/.+|file:\/.+)$/,
    expected: 'http:, https: or file: URI',
    description:
      "Where the issuer's keys are (a JSON Web Key Set, at an http or file URI). Not set: as the issuer's OpenID configuration says",
  }),
  audiences: list(`${JWT}.audiences`, {
    default: [],
    description: 'One of these must be in the `aud` of a token. Required with an issuer',
  }),
  algorithms: list(`${JWT}.jws-algorithms`, {
    default: ['RS256', 'ES256', 'EdDSA'],
    description: `Signatures that are taken, out of ${JWS_ALGORITHMS.join(', ')}`,
  }),
  subjectClaim: text(`${JWT}.principal-claim-name`, {
    default: 'sub',
    description: 'Claim with the name of who calls: for a customer, their customerId',
  }),
  rolesClaim: text(`${JWT}.authorities-claim-name`, {
    default: 'roles',
    description:
      'Claim with the roles of who calls, a list or a text with blanks between; dots lead into objects: realm_access.roles',
  }),
}

const AlgorithmSetting = choice(`${JWT}.jws-algorithms`, JWS_ALGORITHMS, {})

/**
 * Whose tokens are believed; undefined when no issuer is named.
 * @throws PropertiesError with everything that is wrong
 */
export function readTokenRules(properties: Properties): TokenRules | undefined {
  const { issuerUri, jwkSetUri, audiences, algorithms, ...claims } = readProperties(properties, SECURITY_SETTINGS, {
    ownPrefixes: ['spring.security'],
  })
  const { issuerUri: issuer, jwkSetUri: keys, audiences: audience } = SECURITY_SETTINGS
  if (isEmpty(issuerUri)) {
    // Somebody who names the keys means to have tokens checked: to serve openly then would be the opposite.
    if (!isEmpty(jwkSetUri)) throw missing(issuer.key, `${keys.key} is set`)
    return undefined
  }
  if (audiences.length === 0) throw missing(audience.key, `a token for another service would be taken here`)
  return {
    issuerUri,
    ...(!isEmpty(jwkSetUri) && { jwkSetUri }),
    audiences,
    algorithms: algorithms.map((name) => algorithmOf(name, properties)),
    ...claims,
  }
}

const isEmpty = (value: string | undefined): value is undefined | '' => value === undefined || value === ''

const missing = (key: string, why: string): PropertiesError =>
  new PropertiesError([{ code: 'MISSING_VALUE', key, message: `${key} is not set, but ${why}.` }])

function algorithmOf(name: string, properties: Properties): JwsAlgorithm {
  try {
    return AlgorithmSetting.parse(name)
  } catch {
    const { key, type } = AlgorithmSetting
    const origin = properties.origin(key) ?? 'value'
    const message = `${key}=${name} (${origin}) is not valid: expected ${type}.`
    throw new PropertiesError([{ code: 'INVALID_VALUE', key, value: name, origin, expected: type, message }])
  }
}
