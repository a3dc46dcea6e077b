import { request } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { createEventStore, createQueryBus } from '@stocker/cqrs'
import { Pool } from 'pg'
import { Type } from 'typebox'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { eventStreamOf, sendEvents } from '../src/index.ts'
import { call, startShop } from './http-fixture.ts'

// Nothing is stored here: the bus only asks whether a transaction is under way.
const pool = new Pool({ connectionString: 'postgres://nowhere' })
const store = createEventStore({ pool, aggregates: [] })
afterAll(async () => {
  await store.close()
  await pool.end()
})

type Queries = { Stock: { params: { sku: string }; result: number[]; update: number } }

/** A shop whose stock can be watched. */
async function startWatchedShop({ heartbeatMs = 60_000, bufferSize = 256, padding = '' } = {}) {
  const shop = await startShop()
  const stopping = new AbortController()
  const queries = createQueryBus<Queries>({ store })
  const stock = [1]
  const subscribers = new Set<object>()
  queries.handle('Stock', () => [...stock])
  shop.app.get(
    '/api/stock/:sku',
    {
      config: { waits: true },
      schema: {
        summary: 'Watch the stock',
        params: Type.Object({ sku: Type.String() }),
        response: eventStreamOf({ initial: Type.Array(Type.Number()), update: Type.Number() }),
      },
    },
    async ({ params }, reply) => {
      const subscription = await queries.subscribe('Stock', params, { bufferSize })
      subscribers.add(subscription)
      const close = () => {
        subscribers.delete(subscription)
        subscription.close()
      }
      return sendEvents(
        reply,
        { ...subscription, close },
        { stopping: stopping.signal, heartbeatMs, idOf: (value) => `${value}${padding}` },
      )
    },
  )
  onTestFinished(async () => {
    queries.close()
    await shop[Symbol.asyncDispose]()
  })
  const base = await shop.listen()
  return {
    ...shop,
    base,
    queries,
    stopping,
    subscribers: () => subscribers.size,
    change(value: number) {
      stock.push(value)
      queries.emit('Stock', ({ sku }) => sku === 'SKU-1', value)
    },
    watch: () => watch(`${base}/api/stock/SKU-1`),
  }
}

/** A client that keeps what it receives. `pause`: until `resume` nothing is read from the connection. */
function watch(url: string) {
  let received = ''
  let ended = false
  const client = request(url)
  const headers = new Promise<Record<string, unknown>>((resolve, reject) => {
    client.on('error', reject)
    client.on('response', (response) => {
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        received += text
      })
      response.on('end', () => {
        ended = true
      })
      response.on('error', () => {})
      resolve(response.headers)
    })
  })
  headers.catch(() => {})
  client.end()
  onTestFinished(() => void client.destroy())
  return {
    headers,
    text: () => received,
    events: () =>
      received
        .split('\n\n')
        .filter((block) => block.includes('event: '))
        .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)))),
    ended: () => ended,
    leave: () => client.destroy(),
    pause: () => client.socket?.pause(),
    resume: () => client.socket?.resume(),
  }
}

test('a client gets the result and then each change, with ids, and how soon to come back', async () => {
  const shop = await startWatchedShop()
  const client = shop.watch()
  expect(await client.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': expect.any(String),
  })
  await waitFor(() => client.events().length === 1, { what: 'the result' })
  shop.change(2)
  shop.change(3)
  await waitFor(() => client.events().length === 3, { what: 'the changes' })
  expect(client.events()).toEqual([
    { retry: '2000', event: 'initial', id: '1', data: '[1]' },
    { event: 'update', id: '2', data: '2' },
    { event: 'update', id: '3', data: '3' },
  ])
})

test('the subscription ends when the client leaves', async () => {
  const shop = await startWatchedShop()
  const client = shop.watch()
  await waitFor(() => client.events().length === 1, { what: 'the result' })
  expect(shop.subscribers()).toBe(1)
  client.leave()
  await waitFor(() => shop.subscribers() === 0, { what: 'the end of the subscription' })
})

test('the stream ends in order when the service stops', async () => {
  const shop = await startWatchedShop()
  const client = shop.watch()
  await waitFor(() => client.events().length === 1, { what: 'the result' })
  shop.stopping.abort()
  await waitFor(() => client.ended(), { what: 'the end' })
  expect(shop.subscribers()).toBe(0)
  const late = shop.watch()
  await waitFor(() => late.ended(), { what: 'the end at once' })
  expect(late.events()).toHaveLength(1)
})

test('a quiet connection is kept alive by comments', async () => {
  const shop = await startWatchedShop({ heartbeatMs: 20 })
  const client = shop.watch()
  await waitFor(() => client.text().includes('\n\n:\n\n:\n\n'), { what: 'two heartbeats' })
  expect(client.events()).toHaveLength(1)
})

test('a client that does not read gets the result anew instead of what it missed; nothing piles up', async () => {
  const shop = await startWatchedShop({ bufferSize: 10, padding: 'x'.repeat(100_000) })
  const client = shop.watch()
  await client.headers
  await waitFor(() => client.events().length === 1, { what: 'the result' })
  client.pause()
  // 50 MB, more than a connection holds; who reads gets each of them.
  for (let value = 2; value <= 500; value += 1) {
    shop.change(value)
    await turn()
  }
  client.resume()
  await waitFor(() => client.events().some(({ event }) => event === 'resync'), { what: 'the result anew' })
  const resync = client.events().find(({ event }) => event === 'resync')
  expect(JSON.parse(resync?.data ?? '')).toEqual(Array.from({ length: 500 }, (_, n) => n + 1))
  shop.change(501)
  await waitFor(() => client.events().at(-1)?.data === '501', { what: 'the next change' })
  expect(client.events().length).toBeLessThan(100)
})

test('the documentation names the media type', async () => {
  const { base } = await startWatchedShop()
  const { body } = await call(`${base}/openapi.json`)
  expect(body).toMatchObject({
    paths: { '/api/stock/{sku}': { get: { responses: { 200: { content: { 'text/event-stream': {} } } } } } },
  })
})
