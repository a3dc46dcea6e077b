import { createCommandBus, createEventStore, createTrackingProcessor, defineAggregate, migrations } from '@stocker/cqrs'
import { Pool } from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../../test/servers.ts'
import { awaitConsistency, CONSISTENCY_TOKEN_HEADER, ConsistencyHeaders, ConsistencyQuery } from '../src/index.ts'
import { call, startShop } from './http-fixture.ts'

const counter = defineAggregate<number, { Count: object }, { Counted: object }>({
  name: 'counter',
  initial: 0,
  decide: { Count: () => [{ type: 'Counted', data: {} }] },
  evolve: { Counted: (count) => count + 1 },
})

const database = await createTestDatabase()
const pool = new Pool({ connectionString: database.url })
pool.on('error', () => {})
for (const { up } of migrations) await pool.query(up)
await pool.query('create table counts (id text primary key, count int not null)')
const store = createEventStore({ pool, aggregates: [counter] })
const bus = createCommandBus({ store })
afterAll(async () => {
  await bus.close()
  await store.close()
  await pool.end()
  await database.drop()
})

const processor = createTrackingProcessor({
  store,
  name: 'counts',
  handle: (events) =>
    events.map(({ stream }) => ({
      text: 'insert into counts values ($1, 1) on conflict (id) do update set count = counts.count + 1',
      values: [stream],
    })),
})

/** A service that counts, and reads its count from the read model. */
async function startCounter() {
  const shop = await startShop()
  onTestFinished(() => shop[Symbol.asyncDispose]())
  shop.app.post('/api/count', async (_request, reply) => {
    const result = await bus.execute(counter, 'one', { type: 'Count', data: {} }, { correlationId: 'one' })
    if (result.status !== 'accepted') throw new Error(result.rejection.message)
    return reply.header(CONSISTENCY_TOKEN_HEADER, result.token).send({})
  })
  shop.app.get(
    '/api/count',
    { schema: { headers: ConsistencyHeaders, querystring: ConsistencyQuery } },
    async (request) => {
      await awaitConsistency(request, processor, { timeoutMs: request.headers['x-patient'] ? 10_000 : 50 })
      const { rows } = await pool.query<{ count: number }>('select count from counts')
      return { count: rows[0]?.count ?? 0 }
    },
  )
  const url = `${await shop.listen()}/api/count`
  return {
    count: async () => (await call(url, { method: 'POST' })).headers.get(CONSISTENCY_TOKEN_HEADER) ?? '',
    read: (token?: string) =>
      call(url, {
        headers: { 'x-patient': '1', ...(token === undefined ? {} : { [CONSISTENCY_TOKEN_HEADER]: token }) },
      }),
    readImpatiently: (token: string) => call(`${url}?consistencyToken=${token}`),
  }
}

test('a read that carries the token of a write shows that write', async () => {
  const { count, read, readImpatiently } = await startCounter()
  const stopped = await count()
  expect(await readImpatiently(stopped)).toMatchObject({
    status: 503,
    problem: { code: 'READ_MODEL_BEHIND', detail: 'The write is not visible here after 50 ms.' },
  })
  expect((await read()).body).toEqual({ count: 0 })
  processor.start()
  onTestFinished(() => processor.stop())
  expect((await read(stopped)).body).toEqual({ count: 1 })
  for (let n = 2; n <= 5; n += 1) expect((await read(await count())).body).toEqual({ count: n })
})

test('a malformed token is refused, in the header and in the query', async () => {
  const { read, readImpatiently } = await startCounter()
  for (const answer of [await read('nonsense'), await readImpatiently('nonsense')]) {
    expect(answer).toMatchObject({
      status: 400,
      problem: { code: 'INVALID_CONSISTENCY_TOKEN', detail: '"nonsense" was not given by this service.' },
    })
  }
})
