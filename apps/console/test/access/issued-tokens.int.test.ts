import { afterAll, beforeAll, expect, it } from 'vitest'
import { AUDIENCE, ISSUER, signingKey, startIssuer } from '../../../../packages/service-kit/test/security/issuer.ts'
import { wrongTokens } from '../../../../packages/service-kit/test/security/wrong-tokens.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'

const key = await signingKey('key-1')
const JWT = 'spring.security.oauth2.resourceserver.jwt'
let issuer: Awaited<ReturnType<typeof startIssuer>>
let console: TestConsole
beforeAll(async () => {
  issuer = await startIssuer([key])
  console = await startConsole({
    [`${JWT}.issuer-uri`]: ISSUER,
    [`${JWT}.jwk-set-uri`]: issuer.jwkSetUri,
    [`${JWT}.audiences`]: AUDIENCE,
  })
})
afterAll(async () => {
  await console[Symbol.asyncDispose]()
  await issuer.close()
})

const sessionOf = async (token: string) => {
  const answer = await fetch(`${console.url}/ops/api/session`, { headers: { authorization: `Bearer ${token}` } })
  return { status: answer.status, body: (await answer.json()) as object }
}

it('who has a token of the issuer is known by its subject, in the highest role that it names', async () => {
  const token = await key.token({ sub: 'grace', roles: ['support', 'operator', 'something'] })

  expect(await sessionOf(token)).toEqual({
    status: 200,
    body: { name: 'grace', role: 'operator', ownRole: 'operator' },
  })
})

it('a customer may do nothing here', async () => {
  expect(await sessionOf(await key.token({ roles: ['customer'] }))).toMatchObject({
    status: 403,
    body: { code: 'ROLE_REQUIRED' },
  })
})

it('a wrong token does not count, and does not stop others from logging in', async () => {
  for (const { what, token } of await wrongTokens(key))
    expect([what, (await sessionOf(token)).status]).toEqual([what, 401])

  expect((await sessionOf(await key.token({ roles: ['viewer'] }))).status).toBe(200)
})
