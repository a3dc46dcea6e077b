import { Type } from 'typebox'
import { afterEach, describe, expect, test } from 'vitest'
import { createHealth } from '../../src/health.ts'
import type { HttpApp } from '../../src/http/create-http-app.ts'
import { createHttpApp } from '../../src/http/create-http-app.ts'
import { createMetrics } from '../../src/metrics/create-metrics.ts'
import { onlyCustomerOf, refuseOtherCustomers } from '../../src/security/gate.ts'
import type { RateLimit } from '../../src/security/rate-limit.ts'
import { RATE_LIMIT } from '../../src/security/rate-limit.ts'
import { createTokenVerifier } from '../../src/security/token-verifier.ts'
import { recordingLogger } from '../http-fixture.ts'
import { AUDIENCE, ISSUER, signingKey, startIssuer } from './issuer.ts'
import { wrongTokens } from './wrong-tokens.ts'

const key = await signingKey('k1')
const wrong = await wrongTokens(key)

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const WISHES = ['ada', 'bob']

async function openShop({ rateLimit = RATE_LIMIT }: { readonly rateLimit?: RateLimit } = {}) {
  const issuer = await startIssuer([key])
  closing.push(issuer.close)
  const verifier = createTokenVerifier({
    issuerUri: ISSUER,
    jwkSetUri: issuer.jwkSetUri,
    audiences: [AUDIENCE],
    algorithms: ['ES256'],
    subjectClaim: 'sub',
    rolesClaim: 'roles',
  })
  const { logger } = recordingLogger()
  const app = createHttpApp({
    service: 'shop',
    version: '1.0.0',
    description: 'A shop',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
    gate: { verifier, rateLimit },
  })
  app.get('/api/products', { config: { access: 'authenticated' } }, () => ['mug'])
  app.get('/api/window', { config: { access: 'public' } }, () => ['mug'])
  app.get('/api/wishes', { config: { access: 'customer' } }, (request) => {
    const only = onlyCustomerOf(request)
    return WISHES.filter((customerId) => only === undefined || only === customerId)
  })
  app.post(
    '/api/wishes',
    { config: { access: 'customer' }, schema: { body: Type.Object({ customerId: Type.String() }) } },
    (request) => {
      refuseOtherCustomers(request, request.body.customerId)
      return { customerId: request.body.customerId, by: request.principal?.subject }
    },
  )
  app.get('/ops/switches', { config: { access: 'staff', always: true } }, () => [])
  app.get('/api/stock', { config: { access: 'staff' } }, () => ({ mug: 3 }))
  app.put('/api/stock', { config: { access: 'staff' } }, () => ({ mug: 4 }))
  closing.push(() => app.close())
  const bearer = async (roles: readonly string[], sub = 'ada') => `Bearer ${await key.token({ sub, roles })}`
  return { app, bearer }
}

const call = async (
  app: HttpApp,
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  authorization?: string,
  body?: object,
) => {
  const answer = await app.inject({
    method,
    url,
    headers: { ...(authorization !== undefined && { authorization }) },
    ...(body && { payload: body }),
  })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
}

describe('a route that asks for a token', () => {
  test('answers 401 to who brings none, and says how to bring one', async () => {
    const { app } = await openShop()
    for (const authorization of [undefined, '', 'Basic YWRhOmFkYQ==', 'Bearer', 'Bearer  '])
      expect(await call(app, 'GET', '/api/products', authorization)).toMatchObject({
        status: 401,
        body: { code: 'TOKEN_MISSING' },
        headers: { 'www-authenticate': 'Bearer', 'content-type': 'application/problem+json' },
      })
  })

  test.each(wrong)('answers 401 to a token that $what', async ({ token, why }) => {
    const { app } = await openShop()
    expect(await call(app, 'GET', '/api/products', `Bearer ${token}`)).toMatchObject({
      status: 401,
      body: { code: 'INVALID_TOKEN', detail: expect.stringContaining(why) },
      headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
    })
  })

  test('is open to each role as the table says', async () => {
    const { app, bearer } = await openShop()
    const statuses = async (...roles: readonly string[]) => {
      const authorization = await bearer(roles)
      const answers = [
        await call(app, 'GET', '/api/products', authorization),
        await call(app, 'GET', '/api/wishes', authorization),
        await call(app, 'POST', '/api/wishes', authorization, { customerId: 'ada' }),
        await call(app, 'POST', '/api/wishes', authorization, { customerId: 'bob' }),
        await call(app, 'GET', '/api/stock', authorization),
        await call(app, 'PUT', '/api/stock', authorization),
      ]
      return answers.map(({ status }) => status)
    }
    expect({
      nobody: await statuses(),
      viewer: await statuses('viewer'),
      customer: await statuses('customer'),
      support: await statuses('support'),
      operator: await statuses('operator'),
      service: await statuses('service'),
      toString: await statuses('toString'),
      'customer who also supports': await statuses('customer', 'support'),
    }).toEqual({
      nobody: [200, 403, 403, 403, 403, 403],
      viewer: [200, 403, 403, 403, 403, 403],
      customer: [200, 200, 200, 403, 403, 403],
      support: [200, 200, 403, 403, 200, 403],
      operator: [200, 200, 200, 200, 200, 200],
      service: [200, 200, 200, 200, 200, 200],
      toString: [200, 403, 403, 403, 403, 403],
      'customer who also supports': [200, 200, 200, 403, 200, 403],
    })
  })

  test('shows a customer what is theirs, and staff everything', async () => {
    const { app, bearer } = await openShop()
    expect((await call(app, 'GET', '/api/wishes', await bearer(['customer'], 'bob'))).body).toEqual(['bob'])
    expect((await call(app, 'GET', '/api/wishes', await bearer(['support'], 'sam'))).body).toEqual(['ada', 'bob'])
  })
})

test('a route that is answered in every state still asks for a token', async () => {
  const { app, bearer } = await openShop()
  expect((await call(app, 'GET', '/ops/switches')).status).toBe(401)
  expect((await call(app, 'GET', '/ops/switches', await bearer(['customer']))).status).toBe(403)
  expect((await call(app, 'GET', '/ops/switches', await bearer(['support']))).status).toBe(200)
})

test('what is public, and what asks how the service is, needs no token', async () => {
  const { app } = await openShop()
  for (const url of ['/api/window', '/health/live', '/health/ready', '/openapi.json'])
    expect([url, (await call(app, 'GET', url)).status]).toEqual([url, 200])
  for (const url of ['/docs', '/docs/start.js', '/metrics'])
    expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200])
  expect(await call(app, 'GET', '/api/nothing')).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } })
})

test('a route that does not say who may call it is refused', async () => {
  const { app } = await openShop()
  expect(() => app.get('/api/secrets', () => 'canary')).toThrow(
    'The route GET /api/secrets does not say who may call it',
  )
  expect(() => app.get('/api/secrets', { config: { access: 'viewer' as never } }, () => 'canary')).toThrow(
    'with one of public, signed, authenticated, customer, staff',
  )
})

test('the document says which routes ask for a token, and how they refuse', async () => {
  const { app } = await openShop()
  const { paths, components } = (await call(app, 'GET', '/openapi.json')).body
  expect(components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } })
  const answers = (path: string) => Object.keys(paths[path].get.responses)
  expect(paths['/api/stock'].get).toMatchObject({ security: [{ token: [] }], description: 'For staff.' })
  expect([answers('/api/stock'), answers('/api/products'), answers('/api/window')]).toEqual([
    ['401', '403', 'default'],
    ['401', 'default'],
    ['default'],
  ])
  expect(paths['/api/window'].get.security).toBeUndefined()
})

describe('requests of one caller', () => {
  test('are limited by name, whatever token and address, and the headers say how many are left', async () => {
    const { app, bearer } = await openShop({ rateLimit: { max: 2, windowMs: 60_000 } })
    const [first, second] = [await bearer(['customer']), `Bearer ${await key.token({ sub: 'ada', jti: 'another' })}`]
    // The first look at a token counts for the address.
    for (const token of [first, second]) await call(app, 'GET', '/api/products', token)

    const remaining = [first, second, first].map((token) => () => call(app, 'GET', '/api/products', token))
    const answers = []
    for (const ask of remaining) answers.push(await ask())
    expect(answers.map(({ status, headers }) => [status, headers['ratelimit-remaining']])).toEqual([
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ])
    expect(answers[2]).toMatchObject({
      body: { code: 'TOO_MANY_REQUESTS', status: 429 },
      headers: { 'ratelimit-limit': '2', 'retry-after': '60', 'content-type': 'application/problem+json' },
    })
  })

  test('without a token that is known are limited by address; how the service is may always be asked', async () => {
    const { app } = await openShop({ rateLimit: { max: 2, windowMs: 60_000 } })
    const statuses = []
    for (const token of ['x', 'y', 'z'])
      statuses.push((await call(app, 'GET', '/api/products', `Bearer ey${token}`)).status)
    expect(statuses).toEqual([401, 401, 429])
    expect((await call(app, 'GET', '/api/window')).status).toBe(429)
    expect((await call(app, 'GET', '/api/nothing')).status).toBe(429)
    expect((await app.inject('/metrics')).statusCode).toBe(200)
  })

  test('of another service are not limited', async () => {
    const { app, bearer } = await openShop({ rateLimit: { max: 1, windowMs: 60_000 } })
    const token = await bearer(['service'], 'billing')
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await call(app, 'GET', '/api/stock', token)).status)
    expect(statuses).toEqual([200, 200, 200, 200])
  })
})
