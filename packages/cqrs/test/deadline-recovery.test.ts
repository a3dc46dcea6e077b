import { describe, expect, onTestFinished, test } from 'vitest'
import type { EventStore, Logger } from '../src/index.ts'
import { createDeadlines, defineSaga } from '../src/index.ts'
import { claimDeadlines, decodeDeadline, firingKey, firings } from '../src/postgres/deadline-rows.ts'
import { engineOf } from '../src/store/event-store.ts'
import { account } from './bank.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'
import { accounts, balanceOf, HOUR_MS, inboxOf, requested, transfer } from './transfer.ts'

const kernel = await testKernel()
const context = { correlationId: 'test' }
const LEASE_MS = 10_000

const deposits = async (store: EventStore, count: number) => {
  const ids = await accounts(store, ...Array.from({ length: count }, () => 1))
  await store.transact((unit) => {
    for (const id of ids) unit.schedule({ aggregate: account, id }, 'Deposit', { afterMs: 1, payload: { amount: 1 } })
  }, context)
  return ids
}

const balances = async (store: EventStore, ids: readonly string[]) =>
  new Set(await Promise.all(ids.map((id) => balanceOf(store, id))))

describe('each deadline fires once', () => {
  test('when several processes are at it, and leave each other their share', async () => {
    const clock = movableClock()
    const stores = [kernel.store({ clock: clock.now }), kernel.store({ clock: clock.now })] as const
    const ids = await deposits(stores[0], 300)
    clock.move(1)
    const fired = await Promise.all(stores.map((store) => createDeadlines({ store, batchSize: 20 }).fireDue()))
    expect(fired.reduce((sum, count) => sum + count)).toBe(300)
    expect(await balances(stores[0], ids)).toEqual(new Set([2]))
  })

  test('when their claims overlap, because the first one was slower than its lease', async () => {
    // Whenever anybody looks at this clock, every lease is over.
    const clock = movableClock()
    const hasty = () => {
      clock.move(10)
      return clock.now()
    }
    const stores = [kernel.store({ clock: hasty }), kernel.store({ clock: hasty })] as const
    const ids = await deposits(stores[0], 100)
    const fired = await Promise.all(stores.map((store) => createDeadlines({ store, leaseMs: 1 }).fireDue()))
    expect(fired.reduce((sum, count) => sum + count)).toBe(100)
    expect(await balances(stores[0], ids)).toEqual(new Set([2]))
  })

  test('when the process that claimed it dies: another one takes over after the lease', async () => {
    const clock = movableClock()
    const store = kernel.store({ clock: clock.now })
    const ids = await deposits(store, 1)
    clock.move(1)
    // What a process leaves behind that dies between its claim and the effect.
    await kernel.rows('update deadlines set claimed_until = $1 where id = any($2)', [clock.in(LEASE_MS), ids])
    const survivor = createDeadlines({ store, leaseMs: LEASE_MS })
    expect(await survivor.fireDue()).toBe(0)
    expect(await survivor.lag()).toMatchObject({ due: 1 })
    clock.move(LEASE_MS)
    expect(await survivor.fireDue()).toBe(1)
    expect(await balances(store, ids)).toEqual(new Set([2]))
  })

  test('or not at all, when what it waited for comes at the same time: one of the two is first', async () => {
    const clock = movableClock()
    const [one, other] = [
      kernel.store({ sagas: [transfer], clock: clock.now }),
      kernel.store({ sagas: [transfer], clock: clock.now }),
    ]
    const froms = await accounts(one, ...Array.from({ length: 60 }, () => 100))
    const requests = froms.map((from) => {
      const elsewhere = { bank: 'b', reference: newId() }
      return { transferId: newId(), from, to: 'abroad', amount: 30, elsewhere }
    })
    await inboxOf(one).handle(requests.map(requested))
    clock.move(HOUR_MS)
    const arrivals = requests.map(({ elsewhere: { reference } }) => message('MoneyArrived', reference, { reference }))
    const arriving = async () => {
      for (let n = 0; n < arrivals.length; n += 10) await inboxOf(other).handle(arrivals.slice(n, n + 10))
    }
    await Promise.all([createDeadlines({ store: one, batchSize: 7 }).fireDue(), arriving()])
    for (const { transferId, from } of requests) {
      const stored = await one.saga(transfer, transferId)
      expect(stored).toMatchObject({ endedAt: clock.in(0), deadlines: [] })
      expect(['done 70', 'refunded 100']).toContain(`${stored?.state.status} ${await balanceOf(one, from)}`)
    }
  })

  test('or not at all, when it was moved after the claim', async () => {
    const clock = movableClock()
    const store = kernel.store({ clock: clock.now })
    const [id = ''] = await deposits(store, 1)
    clock.move(1)
    const { connections } = engineOf(store)
    const until = new Date(clock.in(LEASE_MS))
    const [rows = []] = await connections.transact([claimDeadlines(['aggregate:account'], clock.now(), until, 1)])
    const keys = rows.map((row) => firingKey(decodeDeadline(row)))
    const passed = async () => {
      const [found = []] = await connections.transact([firings.look(keys)])
      return [...firings.passed(keys, found).keys()]
    }
    expect(await passed()).toEqual([])
    await store.transact(
      (unit) => unit.schedule({ aggregate: account, id }, 'Deposit', { afterMs: 5, payload: { amount: 1 } }),
      context,
    )
    expect(await passed()).toEqual(keys)
    await expect(connections.transact([firings.write(keys.map((key) => ({ key })))])).rejects.toThrow(
      'division by zero',
    )
    clock.move(5)
    expect(await createDeadlines({ store }).fireDue()).toBe(1)
  })

  test('or not at all, when one that was due before it moves, cancels or ends it', async () => {
    const clock = movableClock()
    type Then = 'move' | 'cancel' | 'end'
    const saga = defineSaga<object, { Asked: { id: string; then: Then } }, { first: { then: Then }; second: object }>({
      name: 'chain',
      initial: {},
      on: {
        Asked: {
          id: (data) => data.id,
          starts: true,
          handle: (_, { then }) => ({
            schedule: { first: { afterMs: 1, payload: { then } }, second: { afterMs: 2 } },
          }),
        },
      },
      deadlines: {
        first: (_, { then }) => {
          if (then === 'move') return { schedule: { second: { afterMs: 5 } } }
          return then === 'cancel' ? { cancel: ['second'] } : { end: true }
        },
        second: () => ({ state: { second: 'fired' } }),
      },
    })
    const store = kernel.store({ sagas: [saga], clock: clock.now })
    const ids = { move: newId(), cancel: newId(), end: newId() }
    await inboxOf(store).handle(Object.entries(ids).map(([then, id]) => message('Asked', id, { id, then })))
    // All six are due, and claimed together.
    clock.move(2)
    const deadlines = createDeadlines({ store })
    expect(await deadlines.fireDue()).toBe(3)
    const unfired = { state: expect.toSatisfy((state) => !('second' in state)) }
    expect(await store.saga(saga, ids.cancel)).toMatchObject({ ...unfired, endedAt: null, deadlines: [] })
    expect(await store.saga(saga, ids.end)).toMatchObject({ ...unfired, endedAt: clock.in(0), deadlines: [] })
    expect(await store.saga(saga, ids.move)).toMatchObject({ ...unfired, deadlines: [{ name: 'second' }] })
    clock.move(5)
    expect(await deadlines.fireDue()).toBe(1)
    expect(await store.saga(saga, ids.move)).toMatchObject({ state: { second: 'fired' }, deadlines: [] })
  })
})

function recordingLogger() {
  const lines: { readonly fields: object; readonly text: string }[] = []
  const note = (fields: object, text: string) => {
    lines.push({ fields, text })
  }
  const logger: Logger = { debug: note, info: note, warn: note, error: note }
  return { lines, logger }
}

describe('a deadline that fails', () => {
  test('waits for its next attempt, says why, and holds up no other', async () => {
    const clock = movableClock()
    const { lines, logger } = recordingLogger()
    const saga = defineSaga<object, { Asked: { id: string } }, { due: { amount: number } }>({
      name: 'fragile',
      initial: {},
      on: {
        Asked: {
          id: (data) => data.id,
          starts: true,
          handle: (_, { id }) => ({
            schedule: { due: { afterMs: 1, payload: { amount: id.startsWith('bad') ? 0 : 1 } } },
          }),
        },
      },
      deadlines: {
        due: (_, { amount }) => {
          if (amount === 0 && broken) throw new Error('the handler is broken')
          return { end: true }
        },
      },
    })
    let broken = true
    const store = kernel.store({ sagas: [saga], clock: clock.now, logger })
    const [good, bad] = [newId(), `bad ${newId()}`]
    await inboxOf(store).handle([message('Asked', bad, { id: bad }), message('Asked', good, { id: good })])
    clock.move(1)
    const deadlines = createDeadlines({ store, retry: { initialDelayMs: 1_000, multiplier: 1 } })
    expect(await deadlines.fireDue()).toBe(1)
    expect((await store.saga(saga, good))?.endedAt).toBe(clock.in(0))
    expect((await store.saga(saga, bad))?.deadlines).toMatchObject([
      { name: 'due', attempts: 1, lastError: expect.stringContaining('the handler is broken') },
    ])
    expect(lines).toMatchObject([
      { fields: { scope: 'saga:fragile', id: bad, deadline: 'due', attempt: 1 }, text: 'A deadline failed' },
    ])
    expect(await deadlines.fireDue()).toBe(0)
    broken = false
    clock.move(1_000)
    expect(await deadlines.fireDue()).toBe(1)
    expect((await store.saga(saga, bad))?.endedAt).toBe(clock.in(0))
  })

  test('because nobody knows its name stays until somebody does', async () => {
    const clock = movableClock()
    const store = kernel.store({ clock: clock.now })
    const [id = ''] = await deposits(store, 1)
    await kernel.rows(`update deadlines set name = 'Donate' where id = $1`, [id])
    clock.move(1)
    expect(await createDeadlines({ store }).fireDue()).toBe(0)
    expect(await kernel.rows('select name, attempts, last_error from deadlines where id = $1', [id])).toMatchObject([
      { name: 'Donate', attempts: 1, last_error: expect.stringContaining("not 'Donate'") },
    ])
    await kernel.rows('delete from deadlines where id = $1', [id])
  })

  test('to find an instance is done with, and the log says so', async () => {
    const clock = movableClock()
    const { lines, logger } = recordingLogger()
    const store = kernel.store({ sagas: [transfer], clock: clock.now, logger })
    const id = newId()
    await store.transact((unit) => unit.schedule({ saga: transfer, id }, 'reminder', { afterMs: 1 }), context)
    clock.move(1)
    expect(await createDeadlines({ store }).fireDue()).toBe(1)
    expect(lines.map(({ fields }) => fields)).toEqual([{ scope: 'saga:transfer', id, deadline: 'reminder' }])
    expect(await kernel.rows('select from deadlines where id = $1', [id])).toEqual([])
  })

  test('because this store does not know its saga is left alone, and reported', async () => {
    const clock = movableClock()
    const { lines, logger } = recordingLogger()
    const store = kernel.store({ clock: clock.now, logger })
    const [id = ''] = await deposits(store, 1)
    await kernel.rows(`update deadlines set scope = 'saga:newer' where id = $1`, [id])
    onTestFinished(async () => {
      await kernel.rows('delete from deadlines where id = $1', [id])
    })
    clock.move(1)
    const deadlines = createDeadlines({ store })
    expect(await deadlines.fireDue()).toBe(0)
    expect(await deadlines.lag()).toEqual({ due: 1, oldestSeconds: 0, unknown: 1 })
    expect(lines.map(({ fields }) => fields)).toEqual([{ scope: 'saga:newer', due: 1 }])
    expect(await kernel.rows('select attempts from deadlines where id = $1', [id])).toEqual([{ attempts: 0 }])
  })
})
