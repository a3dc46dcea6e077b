import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { QueryBus, Subscription } from '../src/index.ts'
import { createQueryBus } from '../src/index.ts'
import type { Account } from './bank.ts'
import { account } from './bank.ts'
import { newId, testKernel } from './kernel.ts'
import { deposit, openAndDeposit, SEEN, seeing, track } from './processors.ts'

type Queries = {
  Balance: { params: { id: string }; result: { balance: number; version: number } }
  Movements: { params: { id: string }; result: number[]; update: number }
}

const kernel = await testKernel()
await kernel.pool.query(SEEN)

const idle = kernel.store()

function bus(store = idle): QueryBus<Queries> {
  const queries = createQueryBus<Queries>({ store })
  onTestFinished(() => queries.close())
  return queries
}

/** The next so many items. */
async function take<R, U>({ updates }: Subscription<R, U>, count: number) {
  const items = []
  for (let n = 0; n < count; n += 1) items.push((await updates.next()).value)
  return items
}

async function rest<R, U>({ updates }: Subscription<R, U>) {
  const items = []
  for await (const item of updates) items.push(item)
  return items
}

const update = <U>(value: U) => ({ type: 'update', update: value })
const anyone = () => true

describe('a query', () => {
  test('is answered by its one handler', async () => {
    const queries = bus()
    queries.handle('Movements', ({ id }) => [id.length])
    expect(await queries.query('Movements', { id: 'abc' })).toEqual([3])
    expect(() => queries.handle('Movements', () => [])).toThrow("There is already a handler for query 'Movements'.")
    await expect(queries.query('Balance', { id: 'x' })).rejects.toMatchObject({
      code: 'UNKNOWN_QUERY',
      message: "There is no handler for query 'Balance'; there are handlers for: Movements.",
    })
  })

  test('fails as its handler does, and not at all when the bus is closed', async () => {
    const queries = bus()
    const failure = new Error('the database is away')
    queries.handle('Movements', async () => {
      throw failure
    })
    await expect(queries.query('Movements', { id: 'a' })).rejects.toBe(failure)
    await expect(queries.subscribe('Movements', { id: 'a' })).rejects.toBe(failure)
    queries.close()
    await expect(queries.query('Movements', { id: 'a' })).rejects.toMatchObject({ code: 'CLOSED', retryable: true })
  })
})

describe('a subscription', () => {
  test('gives the initial result and then the updates that its params are picked for', async () => {
    const queries = bus()
    queries.handle('Movements', () => [1, 2])
    const mine = await queries.subscribe('Movements', { id: 'a' })
    const other = await queries.subscribe('Movements', { id: 'b' })
    expect(mine.initial).toEqual([1, 2])
    queries.emit('Movements', ({ id }) => id === 'a', 3)
    queries.emit('Movements', ({ id }) => id === 'b', 4)
    queries.emit('Movements', anyone, 5)
    expect(await take(mine, 2)).toEqual([update(3), update(5)])
    expect(await take(other, 2)).toEqual([update(4), update(5)])
  })

  test('costs nothing to tell when nobody listens: an update that is a function is made for those who do', async () => {
    const queries = bus()
    queries.handle('Movements', () => [])
    let made = 0
    const make = () => {
      made += 1
      return 5
    }

    queries.emit('Movements', anyone, make)
    const subscription = await queries.subscribe('Movements', { id: 'a' })
    queries.emit('Movements', ({ id }) => id === 'b', make)
    queries.emit('Movements', anyone, make)

    expect(await take(subscription, 1)).toEqual([update(5)])
    expect(made).toBe(1)
  })

  test('has no gap and no duplicate where updates come while the initial result is being read', async () => {
    const queries = bus()
    const movements = [1]
    const record = (movement: number) => {
      movements.push(movement)
      queries.emit('Movements', anyone, movement)
    }
    let asked = 0
    queries.handle('Movements', async () => {
      asked += 1
      // The first one comes before what is read here, the second after it, the third after the answer.
      if (asked === 1) record(2)
      const read = [...movements]
      if (asked === 1) record(3)
      await turn()
      return read
    })
    const subscription = await queries.subscribe('Movements', { id: 'a' })
    record(4)
    expect(subscription.initial).toEqual([1, 2, 3])
    expect(await take(subscription, 1)).toEqual([update(4)])
    expect(asked).toBe(2)
  })

  test('asks once where versions tell what the initial result holds', async () => {
    const queries = bus()
    let asked = 0
    const versionOf = {
      result: ({ version }: { version: number }) => version,
      update: ({ version }: { version: number }) => version,
    }
    queries.handle(
      'Balance',
      async () => {
        asked += 1
        for (const version of [4, 5, 6]) queries.emit('Balance', anyone, { balance: version, version })
        return { balance: 5, version: 5 }
      },
      { versionOf },
    )
    const subscription = await queries.subscribe('Balance', { id: 'a' })
    expect([subscription.initial.version, asked]).toEqual([5, 1])
    expect(await take(subscription, 1)).toEqual([update({ balance: 6, version: 6 })])
  })

  test('gets results instead of updates as long as these come faster than the query is answered', async () => {
    const queries = bus()
    const movements: number[] = []
    let busy = true
    queries.handle('Movements', async () => {
      const read = [...movements]
      if (busy) {
        movements.push(movements.length + 1)
        queries.emit('Movements', anyone, movements.length)
      }
      return read
    })
    const subscription = await queries.subscribe('Movements', { id: 'a' })
    const [first] = await take(subscription, 1)
    busy = false
    const [second] = await take(subscription, 1)
    expect([subscription.initial, first, second]).toEqual([
      [1, 2],
      { type: 'resync', result: [1, 2, 3, 4, 5] },
      { type: 'resync', result: [1, 2, 3, 4, 5, 6] },
    ])
    queries.emit('Movements', anyone, 7)
    expect(await take(subscription, 1)).toEqual([update(7)])
  })

  test('gets the result anew instead of more updates than its buffer holds', async () => {
    const queries = bus()
    const movements: number[] = []
    queries.handle('Movements', () => [...movements])
    const slow = await queries.subscribe('Movements', { id: 'a' }, { bufferSize: 2 })
    for (const movement of [1, 2, 3, 4]) {
      movements.push(movement)
      queries.emit('Movements', anyone, movement)
    }
    expect(await take(slow, 1)).toEqual([{ type: 'resync', result: [1, 2, 3, 4] }])
    queries.emit('Movements', anyone, 5)
    expect(await take(slow, 1)).toEqual([update(5)])
  })

  test('ends with its reader, with its signal, with the bus, or when there is nothing more to come', async () => {
    const queries = bus()
    queries.handle('Movements', () => [])
    const controller = new AbortController()
    const read = await queries.subscribe('Movements', { id: 'read' })
    const aborted = await queries.subscribe('Movements', { id: 'aborted' }, { signal: controller.signal })
    const completed = await queries.subscribe('Movements', { id: 'completed' })
    const closed = await queries.subscribe('Movements', { id: 'closed' })
    const asked: string[] = []
    queries.emit(
      'Movements',
      ({ id }) => {
        asked.push(id)
        return true
      },
      1,
    )
    expect(asked).toEqual(['read', 'aborted', 'completed', 'closed'])
    for await (const item of read.updates) {
      expect(item).toEqual(update(1))
      break
    }
    controller.abort()
    queries.complete('Movements', ({ id }) => id === 'completed')
    asked.length = 0
    queries.emit('Movements', ({ id }) => asked.push(id) > 0, 2)
    expect(asked).toEqual(['closed'])
    // What it had already is still read.
    expect(await rest(completed)).toEqual([update(1)])
    expect(await rest(aborted)).toEqual([])
    const waiting = closed.updates
    await take(closed, 2)
    const end = waiting.next()
    queries.close()
    expect(await end).toEqual({ done: true, value: undefined })
  })
})

test('follows an account through commands, from an inline read', async () => {
  const store = kernel.store()
  const queries = bus(store)
  const id = newId()
  queries.handle(
    'Balance',
    async (params) => {
      const { state, version } = await store.load(account, params.id)
      return { balance: state.balance, version }
    },
    { versionOf: { result: ({ version }) => version, update: ({ version }) => version } },
  )
  onTestFinished(
    store.onCommitted((changes) => {
      for (const { id: changed, state, version } of changes) {
        queries.emit('Balance', (params) => params.id === changed, { balance: (state as Account).balance, version })
      }
    }),
  )
  const writing = openAndDeposit(store, id, 30)
  await waitFor(async () => (await store.load(account, id)).version > 5, { what: 'some deposits' })
  const subscription = await queries.subscribe('Balance', { id })
  const versions = [subscription.initial.version]
  while (versions.at(-1) !== 31) {
    const { value } = await subscription.updates.next()
    if (value?.type === 'update') versions.push(value.update.version)
  }
  await writing
  expect(versions).toEqual(Array.from({ length: 32 - (versions[0] ?? 0) }, (_, n) => (versions[0] ?? 0) + n))
})

test('follows the read model of a tracking processor, without a gap', async () => {
  const store = kernel.store()
  const queries = bus(store)
  const id = newId()
  queries.handle('Movements', async (params) => {
    const rows = await kernel.rows<{ version: number }>(
      `select version from seen where processor = 'followed' and stream = $1 order by version`,
      [`account-${params.id}`],
    )
    return rows.map(({ version }) => version)
  })
  track(store, 'followed', {
    handle: (events) => [seeing('followed', events)],
    onHandled: (events) => {
      for (const { stream, version } of events) {
        queries.emit('Movements', (params) => stream === `account-${params.id}`, version)
      }
    },
  })
  await openAndDeposit(store, id, 4)
  const writing = deposit(store, id, 20)
  const subscription = await queries.subscribe('Movements', { id })
  const versions = [...subscription.initial]
  while (versions.at(-1) !== 25) {
    const { value } = await subscription.updates.next()
    if (value?.type === 'update') versions.push(value.update)
    else versions.splice(0, versions.length, ...(value?.result ?? []))
  }
  await writing
  expect(versions).toEqual(Array.from({ length: 25 }, (_, n) => n + 1))
})
