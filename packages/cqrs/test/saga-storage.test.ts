import { describe, expect, test } from 'vitest'
import { defineSaga, send } from '../src/index.ts'
import { account } from './bank.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'
import { accounts, balanceOf, inboxOf, requested, transfer } from './transfer.ts'

const kernel = await testKernel()

interface Counter {
  readonly ticks: number
}
interface Ticks {
  Ticked: { readonly counter: string }
  Looked: { readonly counter: string }
  Stopped: { readonly counter: string }
}

/** Counts, and pays one for each tick if it has an account. */
const counter = defineSaga<
  Counter & { account: string },
  Ticks & { Started: { counter: string; account: string } },
  Record<never, never>
>({
  name: 'counter',
  initial: { ticks: 0, account: '' },
  on: {
    Started: {
      id: (data) => data.counter,
      starts: true,
      handle: (state, data) => ({ state: { ...state, account: data.account } }),
    },
    Ticked: {
      id: (data) => data.counter,
      handle: (state) => ({
        state: { ...state, ticks: state.ticks + 1 },
        commands: state.account === '' ? [] : [send(account, state.account, { type: 'Deposit', data: { amount: 1 } })],
      }),
    },
    Looked: {
      id: (data) => data.counter,
      handle: (state) => (state.ticks === 0 ? { state } : { state: { ...state, ticks: -1 } }),
    },
    Stopped: { id: (data) => data.counter, handle: () => ({ end: true }) },
  },
  deadlines: {},
})

const started = async (store = kernel.store({ sagas: [counter] }), paying = true) => {
  const [to = ''] = paying ? await accounts(store, 0) : []
  const id = newId()
  await inboxOf(store).handle([message('Started', id, { counter: id, account: to })])
  return { store, id, to, tick: () => message('Ticked', null, { counter: id }) }
}

describe('no change is lost and none counts twice', () => {
  test.each([
    { how: 'by its row', paying: false, balance: 0 },
    { how: 'with the streams of its commands', paying: true, balance: 60 },
  ])('when two processes handle events of one instance at the same time, $how', async ({ paying, balance }) => {
    const { store, id, to, tick } = await started(kernel.store({ sagas: [counter] }), paying)
    const stores = [store, kernel.store({ sagas: [counter] })]
    const reports = await Promise.all(
      stores.map(async (own, n) => {
        const inbox = inboxOf(own, `racer ${n}`)
        let handled = 0
        for (let batch = 0; batch < 15; batch += 1) handled += (await inbox.handle([tick(), tick()])).handled
        return handled
      }),
    )
    expect(reports).toEqual([30, 30])
    expect(await store.saga(counter, id)).toMatchObject({ state: { ticks: 60 }, version: 61 })
    expect(await balanceOf(store, to)).toBe(balance)
  })

  test('when two processes begin the same instance at the same time', async () => {
    const stores = [kernel.store({ sagas: [transfer] }), kernel.store({ sagas: [transfer] })]
    const [from = '', to = ''] = await accounts(stores[0] as (typeof stores)[0], 1_000, 0)
    const ids = Array.from({ length: 20 }, newId)
    const requests = ids.map((transferId) => requested({ transferId, from, to, amount: 10 }))
    await Promise.all(stores.map((own) => inboxOf(own, 'shared').handle(requests)))
    for (const own of stores) expect(await balanceOf(own, to)).toBe(200)
    expect((await stores[0]?.saga(transfer, ids[7] ?? ''))?.version).toBe(3)
  })

  test('when a message is delivered again, to this process or to another one', async () => {
    const { store, id, tick } = await started()
    const ticked = tick()
    await inboxOf(store).handle([ticked, ticked])
    expect(await inboxOf(store).handle([ticked])).toMatchObject({ handled: 0, duplicates: [ticked] })
    expect(await inboxOf(kernel.store({ sagas: [counter] })).handle([ticked])).toMatchObject({ duplicates: [ticked] })
    expect((await store.saga(counter, id))?.state.ticks).toBe(1)
  })

  test('when the instance in memory is out of date', async () => {
    const { store, id, to, tick } = await started()
    const other = kernel.store({ sagas: [counter] })
    await inboxOf(other).handle([tick(), message('Stopped', null, { counter: id })])
    // This process remembers it as it began, and would count on.
    await inboxOf(store).handle([tick()])
    expect(await store.saga(counter, id)).toMatchObject({ state: { ticks: 1 }, version: 3 })
    expect(await balanceOf(store, to)).toBe(1)
  })

  test('when the instance in memory is out of date, and by that nothing would have to be done', async () => {
    const { store, id, tick } = await started()
    await inboxOf(kernel.store({ sagas: [counter] })).handle([tick()])
    await inboxOf(store).handle([message('Looked', null, { counter: id })])
    expect((await store.saga(counter, id))?.state.ticks).toBe(-1)
  })
})

test('an event of which nothing comes writes nothing', async () => {
  const { store, id } = await started()
  const version = () => kernel.rows('select xmin, version from sagas where id = $1', [id])
  const before = await version()
  await inboxOf(store).handle([message('Looked', null, { counter: id })])
  expect(await version()).toEqual(before)
})

test('an instance is forgotten some time after its end, and may begin anew then', async () => {
  const clock = movableClock()
  const store = kernel.store({ sagas: [counter], clock: clock.now, retentionMs: 1_000 })
  const active = await started(store)
  const { id, to } = await started(store)
  await inboxOf(store).handle([message('Stopped', null, { counter: id })])
  clock.move(1_000)
  await store.forgetOld()
  expect(await store.saga(counter, id)).toMatchObject({ endedAt: clock.in(-1_000) })
  clock.move(1)
  await store.forgetOld()
  expect(await store.saga(counter, id)).toBeUndefined()
  expect(await store.saga(counter, active.id)).toMatchObject({ endedAt: null })
  const fresh = kernel.store({ sagas: [counter], clock: clock.now })
  await inboxOf(fresh).handle([message('Started', id, { counter: id, account: to })])
  expect(await fresh.saga(counter, id)).toMatchObject({ version: 1, endedAt: null })
})

describe('a state that was stored in an earlier shape', () => {
  const newer = defineSaga<{ total: number }, Ticks, Record<never, never>>({
    name: 'counter',
    initial: { total: 0 },
    revision: 2,
    upcast: (state, from) => ({ total: (state as Counter).ticks * 100 + from }),
    on: {
      ...counter.on,
      Ticked: { id: (data) => data.counter, handle: ({ total }) => ({ state: { total: total + 1 } }) },
      Looked: { id: (data) => data.counter, handle: () => ({}) },
      Stopped: { id: (data) => data.counter, handle: () => ({ end: true }) },
    },
    deadlines: {},
  })

  test('is read through the upcaster and stored in the new one', async () => {
    const { store, id, tick } = await started()
    await inboxOf(store).handle([tick()])
    const upgraded = kernel.store({ sagas: [newer] })
    expect((await upgraded.saga(newer, id))?.state).toEqual({ total: 101 })
    await inboxOf(upgraded).handle([tick()])
    expect((await upgraded.saga(newer, id))?.state).toEqual({ total: 102 })
    expect(await kernel.rows('select revision from sagas where id = $1', [id])).toEqual([{ revision: 2 }])
  })

  test('of a newer one is refused by the process that does not know it, and nothing is lost', async () => {
    const { id, tick } = await started()
    const upgraded = kernel.store({ sagas: [newer] })
    await inboxOf(upgraded).handle([tick()])
    const old = kernel.store({ sagas: [counter] })
    const ticked = tick()
    const report = await inboxOf(old).handle([ticked, message('Started', 'x', { counter: newId(), account: 'y' })])
    expect(report).toMatchObject({ handled: 1, failed: [{ message: ticked, error: { code: 'UNREADABLE_STATE' } }] })
    expect(report.failed[0]?.error.message).toContain(id)
    expect(await inboxOf(upgraded).handle([ticked])).toMatchObject({ handled: 1 })
  })
})
