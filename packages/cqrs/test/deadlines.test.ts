import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { DeadlinesOptions, EventStore } from '../src/index.ts'
import { createDeadlines, defineSaga } from '../src/index.ts'
import { account } from './bank.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'
import { accounts, balanceOf, HOUR_MS, inboxOf, requested, transfer } from './transfer.ts'

const kernel = await testKernel()
const context = { correlationId: 'test' }

const deadlinesOf = (store: EventStore, options: Partial<DeadlinesOptions> = {}) => {
  const deadlines = createDeadlines({ store, ...options })
  onTestFinished(() => deadlines.stop())
  return deadlines
}

/** A transfer to another bank that has an hour to arrive. */
async function sent(store: EventStore) {
  const [from = ''] = await accounts(store, 100)
  const [transferId, reference] = [newId(), newId()]
  await inboxOf(store).handle([
    requested({ transferId, from, to: 'abroad', amount: 30, elsewhere: { bank: 'b', reference } }),
  ])
  const scope = { saga: transfer, id: transferId } as const
  const scheduled = async () =>
    (await store.saga(transfer, transferId))?.deadlines.map(({ name, dueAt }) => [name, dueAt])
  return { from, transferId, reference, scope, scheduled }
}

describe('a deadline', () => {
  test('fires when the clock has come to it, and not before', async () => {
    const clock = movableClock()
    const store = kernel.store({ sagas: [transfer], clock: clock.now })
    const deadlines = deadlinesOf(store)
    const { from, transferId } = await sent(store)
    const waiting = await deadlines.pending()
    clock.move(HOUR_MS / 2 - 1)
    expect(await deadlines.fireDue()).toBe(0)
    clock.move(1)
    expect(await deadlines.fireDue()).toBe(1)
    expect((await store.saga(transfer, transferId))?.deadlines).toMatchObject([
      { name: 'overdue', dueAt: clock.in(HOUR_MS / 2) },
      { name: 'reminder', dueAt: clock.in(HOUR_MS) },
    ])
    clock.move(HOUR_MS / 2)
    expect(await deadlines.lag()).toEqual({ due: 1, oldestSeconds: 0, unknown: 0 })
    expect(await deadlines.fireDue()).toBe(1)
    expect(await store.saga(transfer, transferId)).toMatchObject({ state: { status: 'refunded' }, deadlines: [] })
    expect(await balanceOf(store, from)).toBe(100)
    expect(await deadlines.pending()).toBe(waiting - 2)
  })

  test('hands its payload and its place to the handler, and its origin to the events', async () => {
    const clock = movableClock()
    const seen: unknown[] = []
    const saga = defineSaga<{ n: number }, { Begun: { id: string } }, { due: { note: string } }>({
      name: 'observer',
      initial: { n: 0 },
      on: {
        Begun: {
          id: ({ id }) => id,
          starts: true,
          handle: () => ({ schedule: { due: { afterMs: 5, payload: { note: 'x' } } } }),
        },
      },
      deadlines: {
        due: (state, payload, at) => {
          seen.push({ state, payload, at })
          return { end: true }
        },
      },
    })
    const store = kernel.store({ sagas: [saga], clock: clock.now })
    const id = newId()
    await inboxOf(store).handle([{ ...message('Begun', 'key', { id }), correlationId: 'case 7' }])
    clock.move(1_000)
    await deadlinesOf(store).fireDue()
    expect(seen.at(-1)).toMatchObject({
      state: { n: 0 },
      payload: { note: 'x' },
      at: { id, now: clock.in(0), occurredAt: clock.in(-995), correlationId: 'case 7', aggregate: null, key: null },
    })
  })

  test('survives the process that scheduled it', async () => {
    const clock = movableClock()
    const first = kernel.store({ sagas: [transfer], clock: clock.now })
    const { transferId } = await sent(first)
    clock.move(HOUR_MS)
    const second = kernel.store({ sagas: [transfer], clock: clock.now })
    expect(await deadlinesOf(second).fireDue()).toBe(2)
    expect((await second.saga(transfer, transferId))?.state.status).toBe('refunded')
  })

  test('that is scheduled again is moved, and the earlier time passes by', async () => {
    const clock = movableClock()
    const store = kernel.store({ sagas: [transfer], clock: clock.now })
    const { scope, scheduled } = await sent(store)
    await store.transact((unit) => {
      unit.cancelDeadline(scope, 'reminder')
      unit.schedule(scope, 'overdue', { at: clock.in(2 * HOUR_MS), payload: { reference: 'later' } })
    }, context)
    expect(await scheduled()).toEqual([['overdue', clock.in(2 * HOUR_MS)]])
    clock.move(HOUR_MS)
    expect(await deadlinesOf(store).fireDue()).toBe(0)
    clock.move(HOUR_MS)
    expect(await deadlinesOf(store).fireDue()).toBe(1)
  })

  test('goes alone when it is cancelled, and all go with their scope', async () => {
    const clock = movableClock()
    const store = kernel.store({ sagas: [transfer], clock: clock.now })
    const one = await sent(store)
    const other = await sent(store)
    await store.transact((unit) => unit.cancelDeadline(one.scope, 'reminder'), context)
    expect((await one.scheduled())?.map(([name]) => name)).toEqual(['overdue'])
    await store.transact((unit) => unit.cancelDeadlines(one.scope), context)
    expect(await one.scheduled()).toEqual([])
    expect((await other.scheduled())?.map(([name]) => name)).toEqual(['reminder', 'overdue'])
  })

  test('that is scheduled and cancelled in one transaction leaves nothing; the last word counts', async () => {
    const clock = movableClock()
    const store = kernel.store({ sagas: [transfer], clock: clock.now })
    const { scope, scheduled } = await sent(store)
    await store.transact((unit) => {
      unit.schedule(scope, 'reminder', { afterMs: 1 })
      unit.cancelDeadline(scope, 'reminder')
      unit.cancelDeadlines(scope)
      unit.schedule(scope, 'overdue', { afterMs: 1, payload: { reference: 'a' } })
      unit.schedule(scope, 'overdue', { afterMs: 2, payload: { reference: 'b' } })
    }, context)
    expect(await scheduled()).toEqual([['overdue', clock.in(2)]])
  })

  test('is stored with the rest of its transaction, or not at all', async () => {
    const store = kernel.store({ sagas: [transfer] })
    const scope = { saga: transfer, id: newId() } as const
    await expect(
      store.transact((unit) => {
        unit.schedule(scope, 'reminder', { afterMs: 1 })
        unit.write({ text: 'select 1 / $1::int', values: [0] })
      }, context),
    ).rejects.toMatchObject({ code: 'STATEMENT_FAILED' })
    expect(await kernel.rows('select from deadlines where id = $1', [scope.id])).toEqual([])
  })
})

test('a command to an aggregate can be scheduled, too', async () => {
  const clock = movableClock()
  const store = kernel.store({ clock: clock.now })
  const [id = ''] = await accounts(store, 100)
  await store.transact(
    (unit) => unit.schedule({ aggregate: account, id }, 'Withdraw', { afterMs: 10, payload: { amount: 40 } }),
    context,
  )
  clock.move(10)
  expect(await deadlinesOf(store).fireDue()).toBe(1)
  expect(await balanceOf(store, id)).toBe(60)
  expect((await store.readStream(`account-${id}`)).at(-1)?.metadata).toEqual({
    correlationId: 'test',
    causationId: null,
  })
})

test('what cannot be scheduled is refused with the reason', async () => {
  const store = kernel.store({ sagas: [transfer] })
  const scope = { saga: transfer, id: 'x' } as const
  const failing = (work: Parameters<EventStore['transact']>[0]) => store.transact(work, context)
  await expect(failing((unit) => unit.schedule(scope, 'reminder', { at: 'tomorrow' }))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining("reminder of saga:transfer 'x'"),
  })
  await expect(failing((unit) => unit.schedule(scope, 'reminder', { afterMs: -1 }))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  })
  await expect(failing((unit) => unit.cancelDeadline(scope, 'remainder' as 'reminder'))).rejects.toMatchObject({
    code: 'UNKNOWN_DEADLINE',
    message: expect.stringContaining('overdue, reminder'),
  })
  const elsewhere = defineSaga<object, Record<string, object>, { tick: object }>({
    name: 'elsewhere',
    initial: {},
    on: {},
    deadlines: { tick: () => ({}) },
  })
  await expect(
    failing((unit) => unit.schedule({ saga: elsewhere, id: 'x' }, 'tick', { afterMs: 1 })),
  ).rejects.toMatchObject({ code: 'UNKNOWN_SAGA' })
  await expect(
    failing((unit) => unit.schedule({ aggregate: account, id: 'x' }, 'Steal' as 'Explode', { afterMs: 1 })),
  ).rejects.toMatchObject({ code: 'UNKNOWN_DEADLINE' })
})

describe('while it is started', () => {
  test('a commit of this process wakes it up for a deadline that is due before it would have looked', async () => {
    const store = kernel.store({ sagas: [transfer] })
    const deadlines = deadlinesOf(store, { pollIntervalMs: 600_000 })
    const { from } = await sent(store)
    deadlines.start()
    await waitFor(async () => (await deadlines.lag()).due === 0, { what: 'nothing due' })
    await store.transact(
      (unit) => unit.schedule({ aggregate: account, id: from }, 'Deposit', { afterMs: 30, payload: { amount: 5 } }),
      context,
    )
    await waitFor(async () => (await balanceOf(store, from)) === 75, { what: 'the deposit' })
  })

  test('it finds what other processes scheduled', async () => {
    const [one, other] = [kernel.store({ sagas: [transfer] }), kernel.store({ sagas: [transfer] })]
    const deadlines = deadlinesOf(one, { pollIntervalMs: 20 })
    deadlines.start()
    const { from } = await sent(other)
    await other.transact(
      (unit) => unit.schedule({ aggregate: account, id: from }, 'Deposit', { afterMs: 1, payload: { amount: 5 } }),
      context,
    )
    await waitFor(async () => (await balanceOf(other, from)) === 75, { what: 'the deposit' })
  })

  test('it can be stopped and started again', async () => {
    const store = kernel.store({ sagas: [transfer] })
    const deadlines = deadlinesOf(store, { pollIntervalMs: 10 })
    deadlines.start()
    await deadlines.stop()
    const { from } = await sent(store)
    await store.transact(
      (unit) => unit.schedule({ aggregate: account, id: from }, 'Deposit', { afterMs: 0, payload: { amount: 5 } }),
      context,
    )
    expect(await balanceOf(store, from)).toBe(70)
    deadlines.start()
    await waitFor(async () => (await balanceOf(store, from)) === 75, { what: 'the deposit' })
  })
})

test('options that make no sense are refused', () => {
  const store = kernel.store()
  expect(() => createDeadlines({ store, batchSize: 0 })).toThrow(/'batchSize'/)
  expect(() => createDeadlines({ store, retry: { multiplier: 0.5 } })).toThrow(/'retry.multiplier'/)
})
