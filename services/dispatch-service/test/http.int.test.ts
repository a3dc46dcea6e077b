import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import { contract } from '../src/contract.ts'
import { dispatch } from '../src/dispatch.ts'
import { DispatchEventConsumer } from '../src/dispatch-event-consumer.ts'
import { stock } from '../src/stock.ts'
import type { DispatchInstance } from './dispatch-instance.ts'
import { cancelled, created, openInstance, paid, returned } from './dispatch-instance.ts'

let database: TestDatabase
let instance: DispatchInstance
beforeAll(async () => {
  database = await createTestDatabase()
  instance = await openInstance(database.url)
})
afterAll(async () => {
  await instance?.close()
  await database?.drop()
})

const call = async (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object, headers = {}) => {
  const response = await instance.app.inject({ method, url, headers, ...(payload && { payload }) })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}
const adjust = (sku: string, quantity: number, reason = 'came in', headers = {}) =>
  call('POST', `/api/stock/${sku}/adjustments`, { quantity, reason }, headers)

describe('the stock of a SKU', () => {
  it('tells where its pieces are', async () => {
    await adjust('mug', 20)
    await instance.receive(
      created('o-1', [{ sku: 'mug', quantity: 3 }]),
      paid('o-1'),
      created('o-2', [{ sku: 'mug', quantity: 2 }]),
    )
    await instance.receive(returned('o-1'))

    expect(await call('GET', '/api/stock/mug')).toEqual({
      status: 200,
      body: {
        sku: 'mug',
        onHand: 20,
        reserved: 2,
        available: 18,
        stocked: 20,
        sold: 3,
        returned: 3,
        threshold: 10,
        level: 'OK',
      },
    })
  })

  it('lists every movement with its reason, newest first, page by page', async () => {
    await adjust('pen', 20)
    await instance.receive(created('o-3', [{ sku: 'pen', quantity: 11 }]), cancelled('o-3'))
    await instance.receive(created('o-4', [{ sku: 'pen', quantity: 1 }]), paid('o-4'), returned('o-4'))
    const at = expect.any(String)

    const first = await call('GET', '/api/stock/pen/movements?limit=5')
    expect(first.body.movements).toEqual([
      { number: 9, type: 'RETURN', quantity: 1, orderId: 'o-4', reason: 'THREE_ATTEMPTS_FAILED', at },
      { number: 8, type: 'SALE', quantity: 1, orderId: 'o-4', at },
      { number: 7, type: 'RESERVATION', quantity: 1, orderId: 'o-4', at },
      { number: 5, type: 'RELEASE', quantity: 11, orderId: 'o-3', reason: 'CUSTOMER', at },
    ])
    const second = await call('GET', `/api/stock/pen/movements?limit=5&before=${first.body.next}`)
    expect(second.body).toEqual({
      movements: [
        { number: 3, type: 'RESERVATION', quantity: 11, orderId: 'o-3', at },
        { number: 2, type: 'ADJUSTMENT', quantity: 20, reason: 'came in', at },
      ],
    })
  })

  it('is found by its level, which follows its threshold', async () => {
    await adjust('vinyl', 9)
    await adjust('poster', 1)
    await adjust('poster', -1, 'torn')
    const skusOf = async (level: string) =>
      ((await call('GET', `/api/stock?level=${level}`)).body.stock as { sku: string }[]).map(({ sku }) => sku)

    expect(await skusOf('LOW')).toContain('vinyl')
    expect(await skusOf('OUT')).toEqual(['poster'])
    expect(await call('PUT', '/api/stock/vinyl/threshold', { threshold: 5 })).toMatchObject({
      status: 200,
      body: { available: 9, threshold: 5, level: 'OK' },
    })
    expect(await skusOf('LOW')).not.toContain('vinyl')
    expect(await instance.service.stock.levels()).toMatchObject({ OUT: 1, LOW: 0 })
  })

  it('is adjusted once when the request is repeated with its Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'k-1' }
    const first = await adjust('lamp', 5, 'came in', key)
    expect(await adjust('lamp', 5, 'came in', key)).toEqual(first)
    expect(await adjust('lamp', 6, 'came in', key)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
    expect((await call('GET', '/api/stock/lamp')).body.onHand).toBe(5)
  })
})

describe('a dispatch', () => {
  it('tells its history, and why it ended as it did', async () => {
    await adjust('bag', 1)
    await instance.receive(created('o-5', [{ sku: 'bag', quantity: 2 }]))
    await instance.receive(created('o-6', [{ sku: 'bag', quantity: 1 }]), paid('o-6'), returned('o-6'))
    const at = expect.any(String)

    expect((await call('GET', '/api/dispatches/o-5')).body).toEqual({
      orderId: 'o-5',
      status: 'REJECTED',
      lines: [],
      shortages: [{ sku: 'bag', requested: 2, available: 1 }],
      history: [{ status: 'REJECTED', at, reason: 'OUT_OF_STOCK' }],
    })
    expect((await call('GET', '/api/dispatches/o-6')).body).toEqual({
      orderId: 'o-6',
      status: 'RETURNED',
      lines: [{ sku: 'bag', quantity: 1 }],
      dispatchedAt: at,
      history: [
        { status: 'RESERVED', at },
        { status: 'DISPATCHED', at },
        { status: 'RETURNED', at, reason: 'THREE_ATTEMPTS_FAILED' },
      ],
    })
  })
})

describe('bad input', () => {
  it.each([
    ['GET', '/api/stock/unheard-of', undefined, 404, 'STOCK_NOT_FOUND'],
    ['GET', '/api/stock/unheard-of/movements', undefined, 404, 'STOCK_NOT_FOUND'],
    ['PUT', '/api/stock/unheard-of/threshold', { threshold: 5 }, 404, 'STOCK_NOT_FOUND'],
    ['GET', '/api/dispatches/unheard-of', undefined, 404, 'DISPATCH_NOT_FOUND'],
    ['POST', '/api/stock/mug/adjustments', { quantity: -1_000, reason: 'gone' }, 409, 'INSUFFICIENT_STOCK'],
    ['POST', '/api/stock/mug/adjustments', { quantity: 1 }, 400, 'VALIDATION_FAILED'],
    ['PUT', '/api/stock/mug/threshold', { threshold: -1 }, 400, 'VALIDATION_FAILED'],
    ['GET', '/api/stock?level=FULL', undefined, 400, 'VALIDATION_FAILED'],
    ['GET', '/api/stock/mug/movements?before=0', undefined, 400, 'VALIDATION_FAILED'],
  ] as const)('%s %s %o is answered with %i %s', async (method, url, body, status, code) => {
    await adjust('mug', 1)
    expect(await call(method, url, body)).toMatchObject({ status, body: { code } })
  })
})

describe('contract.ts tells the truth', () => {
  it('about the commands', () => {
    expect(contract.commands).toEqual({ dispatch: Object.keys(dispatch.decide), stock: Object.keys(stock.decide) })
  })

  it('about what is read', () => {
    const { handlers } = new DispatchEventConsumer(instance.service)
    expect(Object.keys(handlers)).toEqual(Object.values(contract.reads).flat())
  })

  it('about the routes', async () => {
    const { paths } = (await instance.app.inject('/openapi.json')).json<{ paths: Record<string, object> }>()
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(served.filter((route) => route.includes('/api/')).sort()).toEqual(contract.routes.toSorted())
  })
})
