import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { TokenRules } from '../../src/security/security-config.ts'
import { createTokenVerifier } from '../../src/security/token-verifier.ts'
import type { SigningKey } from './issuer.ts'
import { AUDIENCE, ISSUER, inSeconds, signingKey, startIssuer } from './issuer.ts'
import { wrongTokens } from './wrong-tokens.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const RULES: TokenRules = {
  issuerUri: ISSUER,
  audiences: [AUDIENCE],
  algorithms: ['ES256', 'RS256', 'EdDSA'],
  subjectClaim: 'sub',
  rolesClaim: 'roles',
}

async function keysInFile(...keys: readonly SigningKey[]) {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'))
  closing.push(() => rm(folder, { recursive: true }))
  const file = join(folder, 'jwks.json')
  const write = (content: readonly SigningKey[]) =>
    writeFile(file, JSON.stringify({ keys: content.map(({ jwk }) => jwk) }))
  await write(keys)
  return { jwkSetUri: pathToFileURL(file).href, write, file }
}

async function issuer(...keys: readonly SigningKey[]) {
  const started = await startIssuer(keys)
  closing.push(started.close)
  return started
}

const signer = await signingKey('k1')
const wrong = await wrongTokens(signer)

describe('a token', () => {
  test('of the issuer says who calls, with which roles, and until when', async () => {
    const key = await signingKey('k1')
    const { jwkSetUri } = await keysInFile(key)
    const { verify } = createTokenVerifier({ ...RULES, jwkSetUri })
    const exp = inSeconds(300)

    expect(await verify(await key.token({ sub: 'ada', roles: ['customer', 'support'], exp }))).toEqual({
      subject: 'ada',
      roles: ['customer', 'support'],
      expiresAt: (exp + 60) * 1_000,
    })
  })

  test.each(['RS256', 'EdDSA'])('may be signed by %s', async (algorithm) => {
    const key = await signingKey('k1', algorithm)
    const { jwkSetUri } = await keysInFile(key)
    expect(await createTokenVerifier({ ...RULES, jwkSetUri }).verify(await key.token())).toMatchObject({
      subject: 'ada',
    })
  })

  test('has its roles in a list, in a text, or deep in an object, as the configuration says', async () => {
    const key = await signingKey('k1')
    const { jwkSetUri } = await keysInFile(key)
    const rolesOf = async (rolesClaim: string, claims: Record<string, unknown>) =>
      (await createTokenVerifier({ ...RULES, jwkSetUri, rolesClaim }).verify(await key.token(claims))).roles

    expect(await rolesOf('scope', { scope: 'customer support' })).toEqual(['customer', 'support'])
    expect(await rolesOf('realm_access.roles', { realm_access: { roles: ['operator', 7] } })).toEqual(['operator'])
    expect(await rolesOf('https://shop.test/roles', { 'https://shop.test/roles': ['support'] })).toEqual(['support'])
    expect(await rolesOf('constructor.name', {})).toEqual([])
  })

  test.each(wrong)('that $what does not count', async ({ token, why }) => {
    const { jwkSetUri } = await keysInFile(signer)
    const { verify, remembered } = createTokenVerifier({ ...RULES, jwkSetUri })

    await expect(verify(token)).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
      status: 401,
      message: expect.stringContaining(why),
      headers: { 'www-authenticate': expect.stringMatching(/^Bearer error="invalid_token", error_description="/) },
    })
    expect(remembered(token)).toBeUndefined()
  })
})

describe('the keys of the issuer', () => {
  test('are read once for many tokens, and again for a key that is new', async () => {
    const [first, second] = await Promise.all([signingKey('first'), signingKey('second')])
    const { jwkSetUri, write } = await keysInFile(first)
    let time = Date.now()
    const { verify } = createTokenVerifier({ ...RULES, jwkSetUri }, { now: () => new Date(time) })
    await verify(await first.token())

    await write([second])
    const newToken = await second.token()
    await verify(await first.token({ sub: 'bob' }))
    await expect(verify(newToken)).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    time += 5_000
    expect(await verify(newToken)).toMatchObject({ subject: 'ada' })
    await expect(verify(await first.token({ sub: 'eve' }))).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  })

  test('at an address are asked for once, however many unknown keys come', async () => {
    const key = await signingKey('k1')
    const server = await issuer(key)
    const { verify } = createTokenVerifier({ ...RULES, jwkSetUri: server.jwkSetUri })

    await verify(await key.token())
    for (const kid of ['a', 'b', 'c']) {
      const strange = await (await signingKey(kid)).token()
      await expect(verify(strange)).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    }
    expect(server.asked()).toBe(1)
  })

  test('are found by the issuer’s own configuration', async () => {
    const key = await signingKey('k1')
    const server = await issuer(key)
    const { verify } = createTokenVerifier({ ...RULES, issuerUri: server.url })

    expect(await verify(await key.token({ iss: server.url }))).toMatchObject({ subject: 'ada' })
    await expect(verify(await key.token())).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  })

  test('that cannot be read are no fault of the token, and are read for the next one', async () => {
    const key = await signingKey('k1')
    const { jwkSetUri, file, write } = await keysInFile(key)
    await rm(file)
    const { verify } = createTokenVerifier({ ...RULES, jwkSetUri })

    await expect(verify(await key.token())).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', status: 503 })
    await write([key])
    expect(await verify(await key.token())).toMatchObject({ subject: 'ada' })
  })

  test('that cannot be asked for are no fault of the token either', async () => {
    const key = await signingKey('k1')
    const server = await startIssuer([key])
    await server.close()
    await expect(
      createTokenVerifier({ ...RULES, issuerUri: server.url }).verify(await key.token({ iss: server.url })),
    ).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' })
  })
})

describe('a token that was verified', () => {
  test('is remembered until it expires, five minutes at most', async () => {
    const key = await signingKey('k1')
    const { jwkSetUri } = await keysInFile(key)
    let time = Date.now()
    const { verify, remembered } = createTokenVerifier({ ...RULES, jwkSetUri }, { now: () => new Date(time) })
    const [short, long] = [await key.token({ exp: inSeconds(60) }), await key.token({ exp: inSeconds(3_600) })]
    await verify(short)
    const principal = await verify(long)

    expect(remembered(long)).toBe(principal)
    time += 121_000
    expect(remembered(short)).toBeUndefined()
    await expect(verify(short)).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    expect(remembered(long)).toBe(principal)
    time += 180_000
    expect(remembered(long)).toBeUndefined()
    expect(await verify(long)).toEqual(principal)
  })
})
