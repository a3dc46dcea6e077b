import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from '@stocker/platform'
import { startPlatform } from '@stocker/platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SERVICE_CONTRACTS } from '../test/service-contracts.ts'

/** Of the address, the payment and the ids of ada's order: no other customer may ever see one of these. */
const CANARY = `canary-${randomUUID()}`

interface Route {
  readonly service: string
  readonly method: string
  /** As the OpenAPI document has it. */
  readonly path: string
  readonly asksForToken: boolean
}
const nameOf = ({ service, method, path }: Route): string => `${service} ${method} ${path}`

let platform: Platform
let routes: readonly Route[]
let orderId: string
let cartId: string

beforeAll(async () => {
  platform = await startPlatform({})
  routes = (await Promise.all(SERVICE_CONTRACTS.map(({ service }) => routesOf(service)))).flat()
  ;({ orderId, cartId } = await adaShops())
})
afterAll(() => platform?.stop())

async function routesOf(service: string): Promise<readonly Route[]> {
  const document = (await (await fetch(`${platform.url(service)}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: unknown }>>>>
  }
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security }]) => ({
      service,
      method: method.toUpperCase(),
      path,
      asksForToken: security !== undefined,
    })),
  )
}

/** An order that is paid and delivered, and an open cart. */
async function adaShops() {
  const token = await platform.token({ subject: 'ada' })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const send = async (service: string, path: string, body: object) => {
    const answer = await fetch(`${platform.url(service)}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return (await answer.json()) as { orderId: string; cartId: string }
  }
  const cart = await send('cart-service', '/api/carts', { customerId: 'ada' })
  await send('cart-service', `/api/carts/${cart.cartId}/items`, { sku: 'mug', quantity: 1 })
  const order = await send('order-service', '/api/orders', orderBody)
  const wait = `${platform.url('order-service')}/api/orders/${order.orderId}?wait=DELIVERED&timeout=30s`
  expect(await (await fetch(wait, { headers })).json()).toMatchObject({ status: 'DELIVERED', customerId: 'ada' })
  return { orderId: order.orderId, cartId: cart.cartId }
}

const shippingAddress = { name: CANARY, line1: `1 ${CANARY} Road`, city: 'London', postalCode: 'N1', country: 'GB' }
const orderBody = {
  customerId: 'ada',
  lines: [{ sku: 'mug', quantity: 1 }],
  shippingAddress,
  paymentToken: 'tok_ok',
}
const price = { amount: 1, currency: 'EUR' }

/** For each route that reads a body one that it would take from the right caller. A route that is not here sends none. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /api/carts': { customerId: 'ada' },
  'POST /api/carts/{id}/items': { sku: 'mug', quantity: 1 },
  'PUT /api/carts/{id}/items/{sku}': { quantity: 3 },
  'POST /api/carts/{id}/checkout': { shippingAddress, paymentToken: 'tok_ok' },
  'PUT /api/products/{sku}': { name: 'Mug', price },
  'POST /api/products/{sku}/price': { price },
  'POST /api/orders': orderBody,
  'POST /api/orders/{id}/cancel': { reason: 'CUSTOMER_REQUEST' },
  'POST /api/orders/{id}/return': { reason: 'CUSTOMER_REQUEST' },
  'POST /api/payments/{orderId}/refunds': { reason: 'GOODWILL' },
  'POST /api/payments/webhooks/gateway': {
    event: 'AUTHORIZED',
    orderId: 'o-1',
    idempotencyKey: 'authorize-o-1',
    amount: price,
    gatewayId: 'auth-1',
  },
  'POST /api/stock/{sku}/adjustments': { quantity: 1, reason: 'count' },
  'PUT /api/stock/{sku}/threshold': { threshold: 1 },
  'POST /api/deliveries/{orderId}/attempts': { outcome: 'LOST' },
  'POST /api/courier/events': { orderId: 'o-1', event: 'LOST' },
}

/** A request with ada's ids. */
async function ask({ service, method, path }: Route, token: string | undefined, query = '') {
  const filled = path
    .replace('{orderId}', orderId)
    .replace('{id}', service === 'cart-service' ? cartId : orderId)
    .replace('{sku}', 'mug')
  const body = BODIES[`${method} ${path}`]
  const stream = new AbortController()
  const answer = await fetch(`${platform.url(service)}${filled}${query}`, {
    method,
    signal: stream.signal,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = answer.headers.get('content-type')?.startsWith('text/event-stream') ? 'a stream' : await answer.text()
  stream.abort()
  return { status: answer.status, text, headers: JSON.stringify([...answer.headers]) }
}

/** Tokens as the platform's issuer makes them, or nearly. Only the issuer's own key signs. */
async function forge(claims: object, { alg = 'ES256', forget = false } = {}): Promise<string> {
  const jwk = JSON.parse(await readFile(join(platform.dataDir, 'issuer', 'private-key.json'), 'utf8'))
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  const right = {
    iss: 'urn:stocker:development-issuer',
    aud: 'amazon-platform',
    sub: 'olga',
    roles: ['operator'],
    exp: now + 600,
  }
  const content = `${part({ alg, kid: jwk.kid })}.${part({ ...right, ...claims })}`
  if (forget) return `${content}.`
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return `${content}.${sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** They ask for a signature instead. */
const WEBHOOKS = ['delivery-service POST /api/courier/events', 'payment-service POST /api/payments/webhooks/gateway']

const PUBLIC = [
  ...SERVICE_CONTRACTS.flatMap(({ service }) =>
    ['GET /health/live', 'GET /health/ready', 'GET /metrics'].map((route) => `${service} ${route}`),
  ),
  'order-service GET /asyncapi.json',
  ...WEBHOOKS,
].sort()

test('the document of each service names all of its routes beside the operational ones, and which of them ask for a token', () => {
  const known = SERVICE_CONTRACTS.flatMap(({ service, routes: own }) => own.map((route) => `${service} ${route}`))
  expect(
    routes
      .filter(({ path }) => !/^\/(health|metrics|ops)/.test(path))
      .map(nameOf)
      .sort(),
  ).toEqual(known.sort())
  expect(
    routes
      .filter(({ asksForToken }) => !asksForToken)
      .map(nameOf)
      .sort(),
  ).toEqual(PUBLIC)
})

describe('every route that is not public', () => {
  test('answers 401 without a token', async () => {
    const answered = []
    for (const route of routes) {
      const { status, text } = await ask(route, undefined)
      if (status !== 401 || text.includes('"SIGNATURE_REFUSED"')) answered.push(nameOf(route))
      if (WEBHOOKS.includes(nameOf(route))) expect(status, nameOf(route)).toBe(401)
    }
    // The webhooks refuse too, in their own words.
    expect(answered.sort()).toEqual(PUBLIC)
  })

  test('answers 401 to every token that is not as it must be', async () => {
    const good = await forge({})
    const [header, , signature] = good.split('.')
    const raised = Buffer.from(JSON.stringify({ sub: 'eve', roles: ['operator'] })).toString('base64url')
    const wrong: Readonly<Record<string, string>> = {
      expired: await forge({ exp: Math.floor(Date.now() / 1_000) - 120 }),
      'of another issuer': await forge({ iss: 'https://issuer.example' }),
      'for another audience': await forge({ aud: 'another-platform' }),
      'not signed': await forge({}, { alg: 'none', forget: true }),
      'without its signature': await forge({}, { forget: true }),
      'changed afterwards': `${header}.${raised}.${signature}`,
      'no token': 'letmein',
    }
    const asking = routes.filter(({ asksForToken }) => asksForToken)
    const answered = []
    for (const route of asking)
      for (const [what, token] of Object.entries(wrong)) {
        const { status } = await ask(route, token)
        if (status !== 401) answered.push(`${nameOf(route)} ${what}: ${status}`)
      }
    expect(answered).toEqual([])
    const stock = asking.find(({ path }) => path === '/api/stock')
    expect((await ask(stock as Route, good)).status, 'the token that they were made from').toBe(200)
  })
})

describe('another customer with ada’s ids', () => {
  /** What every customer may read. */
  const CATALOGUE = ['/api/products', '/api/products/{sku}', '/api/products/{sku}/prices']
  const isCatalogue = ({ method, path }: Route): boolean => method === 'GET' && CATALOGUE.includes(path)

  test('is answered 403 or 404 on every route, and sees no byte of hers', async () => {
    const bob = await platform.token({ subject: 'bob' })
    const answers: Record<string, number> = {}
    for (const route of routes.filter((each) => each.asksForToken && !isCatalogue(each))) {
      const isList = nameOf(route) === 'order-service GET /api/orders'
      const { status, text, headers } = await ask(route, bob, isList ? '?customerId=ada' : '')
      answers[nameOf(route)] = status
      expect(`${text}${headers}`, nameOf(route)).not.toMatch(new RegExp(CANARY))
      expect(text, nameOf(route)).not.toMatch(/"(status|lines|history|customerId)":(?!\d)/)
    }
    expect(Object.values(answers).length).toBeGreaterThan(20)
    expect(Object.entries(answers).filter(([, status]) => status !== 403 && status !== 404)).toEqual([])
  })

  test('learns by nothing that her order and her cart are there', async () => {
    const bob = await platform.token({ subject: 'bob' })
    const answers = async (id: string) => {
      const paths = [
        `/api/orders/${id}`,
        `/api/orders/${id}/events`,
        `/api/orders/${id}?wait=DELIVERED&timeout=100ms`,
      ].map((path) => `${platform.url('order-service')}${path}`)
      paths.push(`${platform.url('cart-service')}/api/carts/${id}`)
      return Promise.all(
        paths.map(async (path) => {
          const answer = await fetch(path, { headers: { authorization: `Bearer ${bob}` } })
          const { requestId: _, ...problem } = (await answer.json()) as Record<string, unknown>
          return JSON.stringify(problem).replaceAll(id, '<id>')
        }),
      )
    }
    const nothing = randomUUID()
    const [hers, nobodys] = [await answers(orderId), await answers(nothing)]
    expect(hers).toEqual(nobodys)
    expect((await answers(cartId)).at(-1)).toBe(nobodys.at(-1))
  })

  test('has a list of orders without hers', async () => {
    const listOf = async (subject: string) => {
      const authorization = `Bearer ${await platform.token({ subject })}`
      const answer = await fetch(`${platform.url('order-service')}/api/orders`, { headers: { authorization } })
      return ((await answer.json()) as { orders: readonly { orderId: string }[] }).orders.map((order) => order.orderId)
    }
    expect(await listOf('bob')).toEqual([])
    expect(await listOf('ada')).toEqual([orderId])
  })
})

test('somebody of the support sees what customers have without what it says about them, and changes nothing', async () => {
  const sam = await platform.token({ subject: 'sam', roles: ['support'] })
  const answers: Record<string, number> = {}
  for (const route of routes.filter(({ asksForToken }) => asksForToken)) {
    const { status, text } = await ask(route, sam)
    answers[nameOf(route)] = status
    expect(text, nameOf(route)).not.toMatch(new RegExp(CANARY))
  }
  const olga = await platform.token({ subject: 'olga', roles: ['operator'] })
  const order = routes.find((route) => nameOf(route) === 'order-service GET /api/orders/{id}') as Route
  expect((await ask(order, olga)).text, 'an operator').toMatch(new RegExp(CANARY))
  const [reads, writes] = [
    Object.entries(answers).filter(([name]) => name.includes(' GET ')),
    Object.entries(answers).filter(([name]) => !name.includes(' GET ')),
  ]
  expect(reads.filter(([, status]) => status !== 200)).toEqual([])
  expect(writes.filter(([, status]) => status !== 403)).toEqual([])
})
