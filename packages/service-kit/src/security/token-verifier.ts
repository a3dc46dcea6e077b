import { invalidToken } from './bearer.ts'
import type { Principal } from './principal.ts'
import type { ReadToken } from './read-token.ts'
import { rememberTokens } from './remembered-tokens.ts'
import type { TokenRules } from './security-config.ts'

export interface TokenVerifier {
  /**
   * Who the bearer of a token is.
   * @throws ProblemError INVALID_TOKEN (401) for a token that does not count, DEPENDENCY_UNAVAILABLE (503) when the issuer's keys cannot be read
   */
  verify(token: string): Promise<Principal>
  /** The same for a token that was verified a short while ago, at once; undefined: ask {@link verify}. */
  remembered(token: string): Principal | undefined
}

export interface TokenVerifierOptions {
  /** Default: the system's clock. */
  readonly now?: () => Date
}

/** As many customers as one instance meets within minutes; a token is about half a kilobyte. */
const REMEMBERED = 10_000
/** So long a key that is withdrawn still counts for tokens that were seen before. Milliseconds. */
const REMEMBERED_MS = 300_000
/** Longer ones are not even looked at. Characters. */
const LONGEST_TOKEN = 8_192

/** Checks JSON Web Tokens (RFC 7519, RFC 8725): signature by an allowed algorithm and a key of the issuer, `iss`, `aud`, `exp` and `nbf`. */
export function createTokenVerifier(
  rules: TokenRules,
  { now = () => new Date() }: TokenVerifierOptions = {},
): TokenVerifier {
  let reading: Promise<ReadToken> | undefined
  const tokens = rememberTokens({ size: REMEMBERED, maxAgeMs: REMEMBERED_MS })
  return {
    remembered: (token) => tokens.get(token, now().getTime()),
    verify: async (token) => {
      const known = tokens.get(token, now().getTime())
      if (known !== undefined) return known
      if (token.length > LONGEST_TOKEN) throw invalidToken('it is too long')
      const at = now()
      // Loaded for the first token, behind the start.
      reading ??= import('./read-token.ts').then(({ tokenReader }) => tokenReader(rules, now))
      const principal = await (await reading)(token, at)
      tokens.set(token, principal, at.getTime())
      return principal
    },
  }
}
