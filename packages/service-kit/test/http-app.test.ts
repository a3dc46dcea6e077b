import { Type } from 'typebox'
import { afterEach, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { idempotencyOf } from '../src/http/idempotency.ts'
import { rawBodyOf } from '../src/http/json-body.ts'
import { defineProblems } from '../src/http/problem.ts'
import { traceOf } from '../src/http/request-identity.ts'
import type { Shop } from './http-fixture.ts'
import { call, postJson, rawConnection, startShop } from './http-fixture.ts'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

let shop: Shop | undefined

afterEach(async () => {
  await shop?.[Symbol.asyncDispose]()
  shop = undefined
})

test('a query is coerced to the types of its schema', async () => {
  shop = await startShop()
  const url = await shop.listen()

  const { body } = await call(`${url}/api/orders/018f3b1c-0000-7000-8000-000000000000?limit=3`)

  expect(body).toMatchObject({ limit: 3, type: 'number' })
})

test('what a rejection tells besides cannot hide the members that every problem has', () => {
  const problems = defineProblems({ TOO_LATE: { status: 409, title: 'It is too late' } })

  const document = problems
    .from({ rejected: 'TOO_LATE', message: 'it has left', details: { status: 'DISPATCHED', orderId: '1' } })
    .toDocument({ instance: '/api/orders/1/cancel', requestId: 'r1' })

  expect(document).toMatchObject({ status: 409, code: 'TOO_LATE', orderId: '1' })
})

test('a route that asks for it gets the bytes of the body as they came', async () => {
  shop = await startShop()
  const bytesOf = async (request: Parameters<typeof rawBodyOf>[0]) => ({ bytes: rawBodyOf(request).toString() })
  shop.app.post('/kept', { config: { rawBody: true } }, bytesOf)
  shop.app.post('/not-kept', bytesOf)
  const url = await shop.listen()
  const body = '{ "sku" : "caf\\u00e9" }'
  const post = (path: string) =>
    call(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

  expect((await post('/kept')).body).toEqual({ bytes: body })
  expect((await post('/not-kept')).body).toEqual({ bytes: '' })
})

test('a service shows a gauge of its own', async () => {
  shop = await startShop()
  shop.metrics.gauge('shop_skus', { help: 'SKUs by level', labels: ['level'] }, async () => [
    { labels: { level: 'LOW' }, value: 3 },
  ])
  expect(await shop.metrics.exposition()).toContain('shop_skus{level="LOW"} 3')
})

test('every answer has a request id: the caller’s where it is harmless, otherwise a new one', async () => {
  shop = await startShop()
  const url = await shop.listen()
  const idFor = async (header: Record<string, string>) =>
    (await call(`${url}/health/live`, { headers: header })).headers.get('x-request-id')

  const [first, second] = [await idFor({}), await idFor({})]

  expect(first).toMatch(/^[\w-]+$/)
  expect(second).not.toBe(first)
  expect(await idFor({ 'x-request-id': 'abc:1.2-3' })).toBe('abc:1.2-3')
  expect(await idFor({ 'x-request-id': 'a b"c' })).not.toContain('"')
  expect(await idFor({ 'x-request-id': 'x'.repeat(200) })).not.toContain('xxx')
})

test('a handler gets the caller’s trace context, unless it is not one', async () => {
  shop = await startShop()
  shop.app.get('/trace', (request) => traceOf(request))
  const url = await shop.listen()
  const traced = async (traceparent: string) => (await call(`${url}/trace`, { headers: { traceparent } })).body

  expect(await traced(TRACEPARENT)).toEqual({ traceparent: TRACEPARENT })
  expect(await traced(TRACEPARENT.replace('0af7', 'XXXX'))).toEqual({})
  expect(await traced(`00-${'0'.repeat(32)}-b7ad6b7169203331-01`)).toEqual({})
  expect((await call(`${url}/trace`)).body).toEqual({})
})

test('an Idempotency-Key comes with a fingerprint of what it was sent with, whatever the order of the properties', async () => {
  shop = await startShop()
  shop.app.post('/keyed', { schema: { body: Type.Any() } }, (request) => idempotencyOf(request))
  const url = await shop.listen()
  const keyed = async (body: string, key = 'k-1') =>
    (await postJson(`${url}/keyed`, body, { 'idempotency-key': key })).body

  const first = await keyed('{"a":1,"b":{"c":2,"d":[1,2]}}')

  expect(first).toMatchObject({ idempotency: { key: 'k-1' } })
  expect(await keyed('{"b":{"d":[1,2],"c":2},"a":1}')).toEqual(first)
  expect(await keyed('{"a":1,"b":{"c":2,"d":[2,1]}}')).not.toEqual(first)
  expect((await postJson(`${url}/keyed`, '{}')).body).toEqual({})
  expect(await keyed('{}', 'x'.repeat(201))).toMatchObject({ code: 'INVALID_IDEMPOTENCY_KEY', status: 400 })
})

test('a rejected command becomes the problem of its code, or a conflict', () => {
  const problems = defineProblems({ SOLD_OUT: { status: 422, title: 'Sold out' } })

  expect(problems.from({ rejected: 'SOLD_OUT', message: 'No mug is left.', details: { sku: 'mug' } })).toMatchObject({
    code: 'SOLD_OUT',
    status: 422,
    message: 'No mug is left.',
    extension: { sku: 'mug' },
  })
  expect(problems.from({ rejected: 'ALREADY_PAID', message: 'It is paid.' })).toMatchObject({
    code: 'ALREADY_PAID',
    status: 409,
  })
})

test('a database that is away is a 503 that says when to come back', async () => {
  shop = await startShop()
  shop.app.get('/away', () => {
    throw new Error('could not store', { cause: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) })
  })
  const url = await shop.listen()

  const { status, problem, headers } = await call(`${url}/away`)

  expect({ status, code: problem.code }).toEqual({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' })
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect(shop.lines.find(({ msg }) => msg === 'request failed')).toMatchObject({
    level: 'warn',
    code: 'DEPENDENCY_UNAVAILABLE',
  })
})

test('while the service is not ready its routes are refused, and its health is not', async () => {
  let reason: string | undefined = 'It is starting.'
  shop = await startShop({ unavailableBecause: () => reason })
  const url = await shop.listen()
  const place = () => postJson(`${url}/api/orders`, '{"sku":"mug","quantity":1}')

  const refused = await place()
  expect(refused.problem).toMatchObject({ status: 503, code: 'SERVICE_NOT_READY', detail: 'It is starting.' })
  expect(refused.headers.get('retry-after')).toBe('1')
  expect((await call(`${url}/health/live`)).status).toBe(200)
  expect((await fetch(`${url}/docs`)).status).toBe(200)
  expect((await call(`${url}/unknown`)).status).toBe(404)

  reason = undefined
  expect((await place()).status).toBe(202)
})

test('readiness lists each component, and one that is down, silent or broken makes it 503', async () => {
  shop = await startShop()
  let up = true
  shop.health.add('database', () => ({ up, detail: up ? 'answers' : 'refused' }))
  const url = await shop.listen()
  const ready = () => call(`${url}/health/ready`)

  expect(await ready()).toMatchObject({ status: 200, body: { status: 'up', components: { database: { up: true } } } })

  up = false
  expect(await ready()).toMatchObject({
    status: 503,
    body: { status: 'down', components: { database: { detail: 'refused' } } },
  })

  up = true
  const remove = shop.health.add('broken', () => {
    throw new Error('no such luck')
  })
  expect(await ready()).toMatchObject({
    status: 503,
    body: { components: { broken: { up: false, detail: 'no such luck' } } },
  })
  remove()
  shop.health.add('silent', () => new Promise(() => {}))
  expect(await ready()).toMatchObject({
    status: 503,
    body: { components: { silent: { up: false, detail: 'no answer within 2000 ms' } } },
  })
})

test('requests are counted by method, route and status, with the route’s pattern and not the address', async () => {
  shop = await startShop()
  const url = await shop.listen()

  await call(`${url}/api/orders/018f3b1c-0000-7000-8000-000000000000`)
  await call(`${url}/api/orders/nonsense`)
  await call(`${url}/api/elsewhere`)
  const metrics = await (await fetch(`${url}/metrics`)).text()

  const count = (method: string, route: string, status: number) =>
    `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"} 1`
  expect(metrics).toContain(count('GET', '/api/orders/:id', 200))
  expect(metrics).toContain(count('GET', '/api/orders/:id', 400))
  expect(metrics).toContain(count('GET', 'unknown', 404))
})

test.each([
  { slowRequestMs: 50, logged: [{ level: 'warn', url: '/slow', status: 200 }] },
  { slowRequestMs: 600_000, logged: [] },
])(
  'only answers above $slowRequestMs ms are logged, and not those that wait on purpose',
  async ({ slowRequestMs, logged }) => {
    shop = await startShop({ limits: { slowRequestMs } })
    const pause = () => new Promise((resolve) => setTimeout(() => resolve({}), 70))
    shop.app.get('/slow', pause)
    shop.app.get('/waiting', { config: { waits: true } }, pause)
    const url = await shop.listen()

    await call(`${url}/waiting`)
    await call(`${url}/slow?paymentToken=tok_secret`)

    await shop.app.close()
    expect(shop.lines.filter(({ msg }) => msg === 'slow request')).toMatchObject(logged)
  },
)

test('the documentation is generated from the routes and served without other hosts', async () => {
  shop = await startShop()
  const url = await shop.listen()

  const { body: document } = await call(`${url}/openapi.json`)
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'shop', version: '1.2.3', description: 'A shop' },
    paths: {
      '/api/orders': {
        post: {
          summary: 'Place an order',
          requestBody: { content: { 'application/json': { schema: { required: ['sku', 'quantity'] } } } },
          responses: {
            202: {},
            default: { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
          },
        },
      },
      '/api/orders/{id}': {
        get: {
          parameters: [
            { name: 'limit', in: 'query' },
            { name: 'id', in: 'path' },
          ],
        },
      },
      '/health/ready': {},
    },
    components: { schemas: { Problem: { type: 'object' } } },
  })

  const page = await (await fetch(`${url}/docs`)).text()
  const assets = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path)
  expect(assets.length).toBeGreaterThan(3)
  expect(page).not.toMatch(/https?:\/\//)
  for (const asset of assets) {
    const response = await fetch(`${url}${asset}`)
    expect({ asset, status: response.status }).toEqual({ asset, status: 200 })
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100)
  }
  expect((await fetch(`${url}/docs/..%2fpackage.json`)).status).toBe(404)
})

test('what already has a connection is answered while the server drains', async () => {
  shop = await startShop()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let entered = false
  shop.app.get('/held', async () => {
    entered = true
    await released
    return { first: true }
  })
  shop.app.get('/second', () => ({ second: true }))
  const url = await shop.listen()
  const connection = rawConnection(url)
  connection.get('/held')
  await waitFor(() => entered, { what: 'the request to arrive' })

  const { server } = shop.app
  const closed = shop.app.close()
  await waitFor(() => !server.listening, { what: 'the server to take no new connections' })
  release()
  await waitFor(() => connection.received().endsWith('{"first":true}'), { what: 'the first answer' })
  connection.get('/second')

  const received = await connection.ended
  expect(received).toMatch(
    /HTTP\/1\.1 200 OK[^{]*\{"first":true\}HTTP\/1\.1 200 OK[^{]*connection: close[^{]*\{"second":true\}$/i,
  )
  await closed
  await expect(fetch(`${url}/held`)).rejects.toThrow()
})
