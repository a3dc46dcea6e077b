import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROBLEM_CODES } from '../src/http/problem-codes.ts'
import type { Answer, Shop } from './http-fixture.ts'
import { call, postJson, sendRaw, startShop } from './http-fixture.ts'

let shop: Shop
let url: string

beforeAll(async () => {
  shop = await startShop()
  url = await shop.listen()
})

afterAll(() => shop[Symbol.asyncDispose]())

const order = (body: string, headers?: Record<string, string>) => postJson(`${url}/api/orders`, body, headers)
const fieldErrors = ({ problem }: Answer) => (problem.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`)

/** What holds for every problem, whatever it is about. */
function expectProblem(answer: Answer, code: keyof typeof PROBLEM_CODES | 'UNKNOWN_SKU', status: number): void {
  expect(answer.problem).toMatchObject({ code, status })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.headers.get('x-request-id')).toBe(answer.problem.requestId)
  expect(answer.problem.type).toBe(`urn:stocker:problem:${code.toLowerCase().replaceAll('_', '-')}`)
  expect(answer.problem.title).not.toBe('')
  expect(answer.problem.detail).not.toBe('')
}

describe('a body of the wrong shape is refused with a pointer to each fault', () => {
  test.each([
    ['a missing property', '{"sku":"mug"}', ['#/quantity is missing']],
    ['zero', '{"sku":"mug","quantity":0}', ['#/quantity must be >= 1']],
    ['a negative number', '{"sku":"mug","quantity":-1}', ['#/quantity must be >= 1']],
    ['more than the largest quantity', '{"sku":"mug","quantity":1000000001}', ['#/quantity must be <= 1000000000']],
    ['a fraction', '{"sku":"mug","quantity":1.5}', ['#/quantity must be an integer, not a fraction']],
    ['a number as text', '{"sku":"mug","quantity":"2"}', ['#/quantity must be an integer, not a string']],
    ['null', '{"sku":null,"quantity":1}', ['#/sku must be a string, not null']],
    [
      'a misspelt property',
      '{"sku":"mug","quantity":1,"prioritty":"FAST"}',
      ['#/prioritty is not a known property; did you mean "priority"?'],
    ],
    [
      'a value of no alternative',
      '{"sku":"mug","quantity":1,"priority":"SLOW"}',
      ['#/priority must be one of "NORMAL", "FAST"'],
    ],
    [
      'an element of a list',
      '{"sku":"mug","quantity":1,"notes":["a",2]}',
      ['#/notes/1 must be a string, not a number'],
    ],
    [
      'several faults at once',
      '{"sku":"","quantity":0}',
      ['#/sku must NOT have fewer than 1 characters', '#/quantity must be >= 1'],
    ],
    ['an array', '[]', ['# must be an object, not an array']],
    ['no body', '', ['# must be an object, not null']],
  ])('%s', async (_what, body, expected) => {
    const answer = await order(body)

    expectProblem(answer, 'VALIDATION_FAILED', 400)
    expect(fieldErrors(answer)).toEqual(expected)
  })

  test('the answer does not repeat what was sent, which may be secret', async () => {
    const answer = await order('{"sku":"mug","quantity":"tok_secret"}')

    expect(JSON.stringify(answer.problem)).not.toContain('tok_secret')
  })

  test('no more than twenty faults are listed', async () => {
    const answer = await order(JSON.stringify({ sku: 'mug', quantity: 1, notes: Array.from({ length: 50 }, () => 1) }))

    expect(answer.problem.errors).toHaveLength(20)
  })
})

describe('a body that is not JSON is refused', () => {
  test.each([
    ['cut off', '{"sku":', 'The body ends before the JSON document does.'],
    ['wrong from some place on', '{"sku":"mug",}', 'The body stops being JSON at character 13.'],
    [
      'an attack on prototypes',
      '{"sku":"mug","quantity":1,"__proto__":{"admin":true}}',
      'The body uses a property name that is not allowed: __proto__ or constructor.prototype.',
    ],
  ])('%s', async (_what, body, detail) => {
    const answer = await order(body)

    expectProblem(answer, 'MALFORMED_JSON', 400)
    expect(answer.problem.detail).toBe(detail)
  })

  test('bytes that are not UTF-8', async () => {
    const bytes = new Uint8Array([...Buffer.from('{"sku":"'), 0xff, ...Buffer.from('","quantity":1}')])

    expectProblem(await postJson(`${url}/api/orders`, bytes), 'MALFORMED_JSON', 400)
  })
})

describe('what cannot be kept exactly is refused before it can be rounded or lost', () => {
  test.each([
    ['NUL', '{"sku":"mu\\u0000g","quantity":1}', '#/sku'],
    ['an unpaired surrogate', '{"sku":"\\ud83d","quantity":1}', '#/sku'],
    ['NUL in a property name', '{"sku":"mug","quantity":1,"a\\u0000":1}', '#/a\ufffd'],
  ])('%s', async (_what, body, pointer) => {
    const answer = await order(body)

    expectProblem(answer, 'UNSTORABLE_TEXT', 400)
    expect(answer.problem.errors?.[0]?.pointer).toBe(pointer)
  })

  test.each([
    ['an integer beyond 2^53', '9007199254740993'],
    ['one that a double would call infinite', '1e400'],
    ['a negative one', '-9007199254740993'],
  ])('%s', async (_what, quantity) => {
    const answer = await order(`{"sku":"mug","quantity":${quantity}}`)

    expectProblem(answer, 'NUMBER_OUT_OF_RANGE', 400)
    expect(answer.problem.errors?.[0]?.pointer).toBe('#/quantity')
  })

  test('a backslash before u0000 is five ordinary characters', async () => {
    expect((await order('{"sku":"\\\\u0000","quantity":1}')).body).toEqual({ sku: '\\u0000' })
  })

  test('a pair of surrogates is one character', async () => {
    expect((await order('{"sku":"\\ud83d\\ude00","quantity":1}')).body).toEqual({ sku: '😀' })
  })

  test('1e3 is an ordinary number', async () => {
    expect((await order('{"sku":"mug","quantity":1e3}')).status).toBe(202)
  })

  test('NUL in the address', async () => {
    expectProblem(await call(`${url}/api/orders/a%00b`), 'UNSTORABLE_TEXT', 400)
  })

  test('an integer beyond 2^53 in the query', async () => {
    expectProblem(
      await call(`${url}/api/orders/018f3b1c-0000-7000-8000-000000000000?limit=9007199254740993`),
      'NUMBER_OUT_OF_RANGE',
      400,
    )
  })
})

describe('the envelope of a request is checked', () => {
  test('another media type', async () => {
    const answer = await postJson(`${url}/api/orders`, 'sku=mug', {
      'content-type': 'application/x-www-form-urlencoded',
    })

    expectProblem(answer, 'UNSUPPORTED_MEDIA_TYPE', 415)
  })

  test('no media type', async () => {
    const answer = await call(`${url}/api/orders`, { method: 'POST', body: new Uint8Array([123, 125]) })

    expectProblem(answer, 'UNSUPPORTED_MEDIA_TYPE', 415)
  })

  test('a body of more than 64 KiB', async () => {
    const answer = await order(JSON.stringify({ sku: 'x'.repeat(65_536), quantity: 1 }))

    expectProblem(answer, 'BODY_TOO_LARGE', 413)
  })

  test('a body of more than 64 KiB that does not say its length', async () => {
    const chunk = 'x'.repeat(40_000)
    const received = await sendRaw(
      url,
      `POST /api/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n9c40\r\n${chunk}\r\n9c40\r\n${chunk}\r\n0\r\n\r\n`,
    )

    expect(received).toContain('413')
    expect(received).toContain('"code":"BODY_TOO_LARGE"')
  })

  test('an unknown address', async () => {
    expectProblem(await call(`${url}/api/nothing`), 'ROUTE_NOT_FOUND', 404)
  })

  test('a known address with another method names those that it has', async () => {
    const answer = await call(`${url}/api/orders/018f3b1c-0000-7000-8000-000000000000`, { method: 'DELETE' })

    expectProblem(answer, 'METHOD_NOT_ALLOWED', 405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
  })

  test('an address that is not percent-encoded', async () => {
    expectProblem(await call(`${url}/api/orders/%zz`), 'MALFORMED_REQUEST', 400)
  })

  test('a path parameter of the wrong form', async () => {
    const answer = await call(`${url}/api/orders/42?limit=0`)

    expectProblem(answer, 'VALIDATION_FAILED', 400)
    expect(answer.problem.errors).toEqual([
      { in: 'path', parameter: 'id', rule: 'format', detail: 'must match format "uuid"' },
    ])
  })

  test('bytes that are not HTTP', async () => {
    const received = await sendRaw(url, 'hello\r\n\r\n')

    expect(received).toMatch(/^HTTP\/1\.1 400 /)
    expect(received).toContain('"code":"MALFORMED_REQUEST"')
  })

  test('headers that are too large', async () => {
    const received = await sendRaw(url, `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`)

    expect(received).toMatch(/^HTTP\/1\.1 431 /)
    expect(received).toContain('"code":"HEADERS_TOO_LARGE"')
  })
})

describe('what a handler throws', () => {
  test('a problem of the service is answered as it is', async () => {
    const answer = await order('{"sku":"unknown","quantity":1}')

    expectProblem(answer, 'UNKNOWN_SKU', 422)
    expect(answer.problem).toMatchObject({ sku: 'unknown', hint: 'GET /api/products', instance: '/api/orders' })
  })

  test('anything else is answered without its internals, and logged with them under the same request id', async () => {
    const answer = await order('{"sku":"boom","quantity":1}')

    expectProblem(answer, 'INTERNAL_ERROR', 500)
    expect(JSON.stringify(answer.problem)).not.toMatch(/hunter2|srv/)
    const line = shop.lines.find(({ requestId }) => requestId === answer.problem.requestId)
    expect(line).toMatchObject({
      level: 'error',
      msg: 'request failed',
      err: { message: 'password=hunter2 at /srv/app' },
    })
  })

  test('refused requests are not logged: they are the caller’s business', async () => {
    const before = shop.lines.length

    await order('{"sku":"unknown","quantity":1}')
    await order('{')
    await call(`${url}/api/nothing`)

    expect(shop.lines.slice(before)).toEqual([])
  })
})

test('each code of the kit’s table is well formed and has an error status', () => {
  for (const [code, { status, title }] of Object.entries(PROBLEM_CODES)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(title).not.toMatch(/\.$/)
  }
})
