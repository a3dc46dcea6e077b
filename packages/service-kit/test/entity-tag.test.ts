import { Type } from 'typebox'
import { afterAll, describe, expect, test } from 'vitest'
import { entityTagOf, expectedVersionOf } from '../src/http/entity-tag.ts'
import { defineProblems } from '../src/http/problem.ts'
import { call, startShop } from './http-fixture.ts'

const shop = await startShop()
const problems = defineProblems({ AGGREGATE_EXISTS: { status: 422, title: 'Taken' } })
const rejections = {
  changed: { rejected: 'VERSION_CONFLICT', message: 'cart 1 is at version 2', details: { expected: 1, actual: 2 } },
  missing: { rejected: 'AGGREGATE_NOT_FOUND', message: 'There is no cart 1' },
  gone: { rejected: 'AGGREGATE_DELETED', message: 'The life of cart 1 is over' },
  reused: { rejected: 'IDEMPOTENCY_KEY_REUSED', message: 'The key was used' },
  taken: { rejected: 'AGGREGATE_EXISTS', message: 'There is a cart 1' },
  own: { rejected: 'CART_EMPTY', message: 'Nothing to order' },
  'like-a-fault-of-the-kit': { rejected: 'INTERNAL_ERROR', message: 'Not one' },
}
shop.app.get('/things/1', (_request, reply) => reply.header('etag', entityTagOf(7)).send({}))
shop.app.put('/things/1', (request) => expectedVersionOf(request))
shop.app.get('/rejected/:case', { schema: { params: Type.Object({ case: Type.String() }) } }, ({ params }) => {
  throw problems.from(rejections[params.case as keyof typeof rejections])
})
const url = await shop.listen()
const put = (headers: Record<string, string> = {}) => call(`${url}/things/1`, { method: 'PUT', headers })

afterAll(() => shop[Symbol.asyncDispose]())

test('the entity tag of an answer, sent back as If-Match, expects the version that was answered', async () => {
  const tag = (await call(`${url}/things/1`)).headers.get('etag')
  expect(tag).toBe('"7"')
  expect((await put({ 'if-match': tag ?? '' })).body).toEqual({ expectedVersion: 7 })
})

test('without If-Match any version will do', async () => {
  expect((await put()).body).toEqual({})
})

test.each(['7', 'W/"7"', '"7", "8"', '*', '"07"', '"seven"', `"${'9'.repeat(16)}"`])(
  'If-Match %s does not say which version was seen, and is refused',
  async (tag) => {
    expect(await put({ 'if-match': tag })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_IF_MATCH', detail: expect.stringContaining(tag) },
    })
  },
)

describe('a rejection that the service has no words for', () => {
  test.each([
    ['changed', 412, 'VERSION_CONFLICT', { expected: 1, actual: 2 }],
    ['missing', 404, 'AGGREGATE_NOT_FOUND', {}],
    ['gone', 410, 'AGGREGATE_DELETED', {}],
    ['reused', 409, 'IDEMPOTENCY_KEY_REUSED', {}],
    ['own', 409, 'CART_EMPTY', {}],
    ['like-a-fault-of-the-kit', 409, 'INTERNAL_ERROR', {}],
  ])('%s is answered with %i', async (name, status, code, more) => {
    expect(await call(`${url}/rejected/${name}`)).toMatchObject({ status, body: { status, code, ...more } })
  })

  test('is answered in the words of the service where it has some', async () => {
    expect(await call(`${url}/rejected/taken`)).toMatchObject({ status: 422, body: { title: 'Taken' } })
  })
})
