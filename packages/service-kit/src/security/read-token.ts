import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import type { ProblemError } from '../http/problem.ts'
import { invalidToken, issuerAway } from './bearer.ts'
import type { FindKey } from './issuer-keys.ts'
import { issuerKeys } from './issuer-keys.ts'
import type { Principal } from './principal.ts'
import { rolesIn, subjectIn } from './principal.ts'
import type { TokenRules } from './security-config.ts'

/** How far the issuer's clock may be from this one. Seconds, as Spring has it. */
const CLOCK_SKEW_S = 60

/** Who the bearer of a token is, that counts at this time. @throws ProblemError INVALID_TOKEN, DEPENDENCY_UNAVAILABLE */
export type ReadToken = (token: string, at: Date) => Promise<Principal>

export function tokenReader(rules: TokenRules, now: () => Date): ReadToken {
  const keys = issuerKeys(rules, now)
  return (token, at) => read(token, rules, keys, at)
}

async function read(token: string, rules: TokenRules, keys: FindKey, at: Date): Promise<Principal> {
  const { payload } = await jwtVerify(token, keys, {
    issuer: rules.issuerUri,
    audience: [...rules.audiences],
    algorithms: [...rules.algorithms],
    clockTolerance: CLOCK_SKEW_S,
    currentDate: at,
    requiredClaims: ['exp'],
  }).catch((error: unknown) => {
    throw problemOf(error)
  })
  const subject = subjectIn(payload, rules.subjectClaim)
  if (subject === undefined) throw invalidToken(`it has no ${rules.subjectClaim}`)
  // `exp` is required above. Within the skew an expired token still counts, so it is looked at again after that.
  const expiresAt = ((payload.exp ?? 0) + CLOCK_SKEW_S) * 1_000
  return { subject, roles: rolesIn(payload, rules.rolesClaim), expiresAt }
}

/** What is wrong with a token, in words that tell its bearer nothing but that. The first class that fits counts. */
const FAULTS: readonly (readonly [abstract new (...args: never[]) => Error, (error: Error) => string])[] = [
  [errors.JWTExpired, () => 'it is expired'],
  [
    errors.JWTClaimValidationFailed,
    (error) => `its ${(error as errors.JWTClaimValidationFailed).claim} is not as expected here`,
  ],
  [errors.JOSEAlgNotAllowed, () => 'its signature is of a kind that is not taken here'],
  [errors.JWSSignatureVerificationFailed, () => 'its signature does not fit'],
  [errors.JWKSNoMatchingKey, () => 'it is signed with a key that the issuer does not have'],
  [errors.JWKSMultipleMatchingKeys, () => 'it does not name its key, and the issuer has several'],
  [errors.JWTInvalid, () => 'it is no JSON Web Token'],
  [errors.JWSInvalid, () => 'it is no JSON Web Token'],
  [errors.JOSENotSupported, () => 'it needs something that is not supported here'],
]

function problemOf(error: unknown): ProblemError {
  for (const [kind, describe] of FAULTS) if (error instanceof kind) return invalidToken(describe(error), error)
  return issuerAway(error)
}
