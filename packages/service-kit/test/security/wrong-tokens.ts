import { SignJWT } from 'jose'
import type { SigningKey } from './issuer.ts'
import { AUDIENCE, ISSUER, inSeconds, signingKey } from './issuer.ts'

export interface WrongToken {
  /** Goes on after "a token that". */
  readonly what: string
  readonly token: string
  /** Part of what its bearer is told. */
  readonly why: string
}

/** One token for each way in which a token may be wrong, where only `key` is the issuer's. */
export async function wrongTokens(key: SigningKey): Promise<readonly WrongToken[]> {
  const good = await key.token()
  const [header, payload = '', signature] = good.split('.')
  const stranger = await signingKey(key.kid)
  const secret = new TextEncoder().encode(JSON.stringify(key.jwk))
  const encoded = (text: string): string => Buffer.from(text).toString('base64url')
  const raised = encoded(Buffer.from(payload, 'base64url').toString().replace('customer', 'operator'))
  const unsigned = encoded(JSON.stringify({ alg: 'none' }))
  return [
    { what: 'is expired', token: await key.token({ exp: inSeconds(-61) }), why: 'it is expired' },
    { what: 'never ends', token: await key.token({ exp: undefined }), why: 'its exp is not' },
    { what: 'counts only later', token: await key.token({ nbf: inSeconds(120) }), why: 'its nbf is not' },
    { what: 'is of another issuer', token: await key.token({ iss: 'https://other.test' }), why: 'its iss is not' },
    { what: 'is for somebody else', token: await key.token({ aud: 'bank' }), why: 'its aud is not' },
    { what: 'names nobody', token: await key.token({ sub: '' }), why: 'it has no sub' },
    { what: 'is not signed', token: `${unsigned}.${payload}.`, why: 'of a kind that is not taken' },
    { what: 'has lost its signature', token: `${header}.${payload}.`, why: 'its signature does not fit' },
    { what: 'was changed', token: `${header}.${raised}.${signature}`, why: 'its signature does not fit' },
    { what: 'is signed by another key of that name', token: await stranger.token(), why: 'its signature does not fit' },
    {
      what: 'is signed by a key that the issuer does not have',
      token: await (await signingKey('unknown')).token(),
      why: 'a key that the issuer does not have',
    },
    {
      what: 'is signed with the public key as a secret',
      token: await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ada', exp: inSeconds(60) })
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(secret),
      why: 'of a kind that is not taken',
    },
    { what: 'is no token', token: 'eyJ.eyJ.x', why: 'it is no JSON Web Token' },
    { what: 'is endless', token: `ey${'x'.repeat(9_000)}`, why: 'it is too long' },
  ]
}
