import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const ISSUER = 'https://issuer.test'
export const AUDIENCE = 'shop'

/** As the time claims of a token have it. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds

export interface SigningKey {
  readonly jwk: JWK
  readonly kid: string
  /** A token of this key; `claims` go above the usual ones, `undefined` leaves one out. */
  token(claims?: Readonly<Record<string, unknown>>): Promise<string>
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  return {
    kid,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    token: (claims = {}) =>
      new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ada', roles: ['customer'], exp: inSeconds(600), ...claims })
        .setProtectedHeader({ alg, kid })
        .sign(privateKey),
  }
}

/** An issuer at an address of its own. Counts how often they were asked for. */
export async function startIssuer(keys: readonly SigningKey[]) {
  let asked = 0
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/.well-known/openid-configuration')
      return response.end(JSON.stringify({ issuer: url(), jwks_uri: `${url()}/keys` }))
    asked += 1
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  })
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: url(),
    jwkSetUri: `${url()}/keys`,
    asked: () => asked,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
