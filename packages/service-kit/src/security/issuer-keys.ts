import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters } from 'jose'
import { JWKSNoMatchingKey } from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import { createRemoteJWKSet } from 'jose/jwks/remote'
import type { TokenRules } from './security-config.ts'

/** The key of the token with this header. Rejects with jose's `JWKSNoMatchingKey` when there is none, and otherwise when the keys cannot be had. */
export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

/** An unknown key may be a new one, so the set is read again; not more often than this, or bad tokens would decide how often. Milliseconds. */
const READ_AGAIN_MS = 5_000
/** After this the set is read again in any case: a key that was withdrawn must not count for ever. Milliseconds. */
const MAX_AGE_MS = 600_000
const TIMEOUT_MS = 5_000

/** The keys of the issuer, read when the first token needs one. */
export function issuerKeys(
  { issuerUri, jwkSetUri }: Pick<TokenRules, 'issuerUri' | 'jwkSetUri'>,
  now: () => Date,
): FindKey {
  if (jwkSetUri?.startsWith('file:')) return keysInFile(new URL(jwkSetUri), now)
  if (jwkSetUri !== undefined) return keysAt(new URL(jwkSetUri))
  return keysByDiscovery(issuerUri)
}

const keysAt = (uri: URL): FindKey =>
  createRemoteJWKSet(uri, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: READ_AGAIN_MS,
    cacheMaxAge: MAX_AGE_MS,
  })

/** The same rules as for keys at an address. */
function keysInFile(uri: URL, now: () => Date): FindKey {
  const path = fileURLToPath(uri)
  let keys: Promise<FindKey> | undefined
  let readAt = 0
  const age = (): number => now().getTime() - readAt
  const read = (): Promise<FindKey> => {
    readAt = now().getTime()
    const reading = readFile(path, 'utf8').then((content) => createLocalJWKSet(JSON.parse(content)))
    // What could not be read is tried again for the next token.
    reading.catch(() => {
      keys = undefined
    })
    return reading
  }
  return async (header, token) => {
    if (keys === undefined || age() > MAX_AGE_MS) keys = read()
    try {
      return await (await keys)(header, token)
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey) || age() < READ_AGAIN_MS) throw error
      keys = read()
      return (await keys)(header, token)
    }
  }
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
function keysByDiscovery(issuerUri: string): FindKey {
  let keys: Promise<FindKey> | undefined
  const discover = async (): Promise<FindKey> => {
    const address = `${issuerUri.replace(/\/$/, '')}/.well-known/openid-configuration`
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!response.ok) throw new Error(`${address} answered ${response.status}`)
    const { issuer, jwks_uri: uri } = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown }
    if (issuer !== issuerUri) throw new Error(`${address} is the configuration of another issuer, ${issuer}`)
    if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error(`${address} names no jwks_uri`)
    return keysAt(new URL(uri))
  }
  return async (header, token) => {
    keys ??= discover().catch((error: unknown) => {
      keys = undefined
      throw error
    })
    return (await keys)(header, token)
  }
}
