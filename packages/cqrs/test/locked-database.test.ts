import { describe, expect, onTestFinished, test } from 'vitest'
import type { MessageHandlers } from '../src/index.ts'
import { createCommandBus, createDeadlines, createInbox, defineAggregate } from '../src/index.ts'
import { account } from './bank.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'

const kernel = await testKernel()
await kernel.pool.query('create table shelves (name text primary key, pieces int not null)')

interface Alarm {
  readonly at: string | null
  readonly rung: number
}

const alarm = defineAggregate<
  Alarm,
  { Set: { readonly at: string }; Ring: object },
  { AlarmSet: { readonly at: string }; Rang: object }
>({
  name: 'alarm',
  initial: { at: null, rung: 0 },
  decide: {
    Set: (data) => [{ type: 'AlarmSet', data }],
    Ring: () => [{ type: 'Rang', data: {} }],
  },
  evolve: {
    AlarmSet: (state, { at }) => ({ ...state, at }),
    Rang: ({ rung }) => ({ at: null, rung: rung + 1 }),
  },
  deadlines: ({ at }) => (at === null ? {} : { Ring: { at, data: {} } }),
})

const handlers: MessageHandlers = {
  Open: ({ key }, unit) => unit.execute(account, key ?? '', { type: 'Open', data: { owner: 'Ann' } }),
  Take: ({ key }, unit) =>
    unit.write({ text: 'update shelves set pieces = pieces - 1 where name = $1', values: [key] }),
  Sleep: (_message, unit) => unit.write({ text: 'select pg_sleep(3600)', values: [] }),
}

const TIMEOUT_MS = 400

const newStore = () => kernel.store({ transactionTimeoutMs: TIMEOUT_MS })

/** Somebody's transaction; it is over when the test is, at the latest. */
async function held(statement: string): Promise<() => Promise<unknown>> {
  const client = await kernel.pool.connect()
  await client.query('begin')
  await client.query(statement)
  let over: Promise<unknown> | undefined
  const end = () => {
    over ??= client.query('rollback').finally(() => client.release())
    return over
  }
  onTestFinished(async () => void (await end()))
  return end
}

describe('while somebody holds a lock', () => {
  test('on a row, only what needs the row fails, as locked; everything else of its batch takes effect', async () => {
    const [a, b, shelf] = [newId(), newId(), newId()]
    await kernel.pool.query('insert into shelves values ($1, 5)', [shelf])
    const letGo = await held(`select from shelves where name = '${shelf}' for update`)
    const inbox = createInbox({ store: newStore(), consumer: 'rows', handlers })
    const [first, second, third, behind] = [
      message('Open', a),
      message('Take', shelf),
      message('Open', b),
      message('Take', shelf),
    ]

    const report = await inbox.handle([first, second, third, behind])

    expect(report).toMatchObject({
      handled: 2,
      failed: [{ message: second, error: { code: 'DATABASE_LOCKED', retryable: true } }],
      held: [behind],
    })
    await letGo()
    expect(await inbox.handle([second, behind])).toMatchObject({ handled: 2, failed: [] })
    expect(await kernel.rows('select pieces from shelves where name = $1', [shelf])).toEqual([{ pieces: 3 }])
  })

  test('on a table, two are tried alone and the others are given back untried: a batch takes no longer for being long', async () => {
    const letGo = await held('lock table inbox in access exclusive mode')
    const inbox = createInbox({ store: newStore(), consumer: 'tables', handlers })
    const batch = Array.from({ length: 20 }, () => message('Open', newId()))

    const { failed, held: untried } = await inbox.handle(batch)

    expect(failed.map(({ message: { id }, error }) => [id, error.code])).toEqual(
      batch.slice(0, 2).map(({ id }) => [id, 'DATABASE_LOCKED']),
    )
    expect(untried).toEqual(batch.slice(2))
    await letGo()
    expect(await inbox.handle(batch)).toMatchObject({ handled: 20 })
  })

  test('on a table, every command of a group is told so, also those that were not tried', async () => {
    const letGo = await held('lock table events in access exclusive mode')
    const bus = createCommandBus({ store: newStore() })
    const open = (id: string) =>
      bus.execute(account, id, { type: 'Open', data: { owner: 'Ann' } }, { correlationId: id })
    const ids = Array.from({ length: 5 }, newId)

    const settled = await Promise.allSettled(ids.map(open))

    expect(settled).toMatchObject(Array(5).fill({ reason: { code: 'DATABASE_LOCKED', retryable: true } }))
    await letGo()
    expect(await Promise.all(ids.map(open))).toMatchObject(Array(5).fill({ status: 'accepted' }))
  })

  test('on a table, deadlines that are due are not done with, and each fires once when it is gone', async () => {
    const clock = movableClock()
    const store = kernel.store({ aggregates: [alarm], clock: clock.now, transactionTimeoutMs: TIMEOUT_MS })
    const [bus, deadlines] = [createCommandBus({ store }), createDeadlines({ store })]
    const ids = Array.from({ length: 4 }, newId)
    const at = clock.in(1_000)
    await Promise.all(ids.map((id) => bus.execute(alarm, id, { type: 'Set', data: { at } }, { correlationId: id })))
    clock.move(1_000)
    const letGo = await held('lock table events in access exclusive mode')

    await expect(deadlines.fireDue()).rejects.toMatchObject({ code: 'DATABASE_LOCKED' })

    await letGo()
    clock.move(600_000)
    expect(await deadlines.fireDue()).toBe(4)
    const rung = await Promise.all(ids.map(async (id) => (await store.load(alarm, id)).state.rung))
    expect(rung).toEqual([1, 1, 1, 1])
  })
})

test('a message that takes too long whenever it comes fails alone, by a code of its own', async () => {
  const inbox = createInbox({ store: newStore(), consumer: 'slow', handlers })
  const [slow, quick] = [message('Sleep', newId()), message('Open', newId())]

  const report = await inbox.handle([slow, quick])

  expect(report).toMatchObject({
    handled: 1,
    failed: [{ message: slow, error: { code: 'TRANSACTION_TIMEOUT', retryable: true } }],
  })
})
