import { describe, expect, test } from 'vitest'
import { createCommandBus, defineSaga, send } from '../src/index.ts'
import type { AccountEvents } from './bank.ts'
import { account } from './bank.ts'
import { message, newId, testKernel } from './kernel.ts'
import { accounts, balanceOf, inboxOf, requested, transfer } from './transfer.ts'

const kernel = await testKernel()

interface Order {
  readonly id: string
  readonly account: string
  readonly amounts: readonly number[]
}

describe('a rejected command', () => {
  test('goes to the saga, which says what to do then, in the same transaction', async () => {
    const store = kernel.store({ sagas: [transfer] })
    const [from = '', to = ''] = await accounts(store, 10, 0)
    const poor = newId()
    await inboxOf(store).handle([requested({ transferId: poor, from, to, amount: 30 })])
    expect(await store.saga(transfer, poor)).toMatchObject({
      state: { status: 'refused' },
      endedAt: expect.any(String),
    })

    const nowhere = newId()
    await inboxOf(store).handle([requested({ transferId: nowhere, from, to: newId(), amount: 10 })])
    expect((await store.saga(transfer, nowhere))?.state.status).toBe('refunded')
    expect((await store.readStream(`account-${from}`)).slice(-2).map(({ type }) => type)).toEqual([
      'Withdrawn',
      'Deposited',
    ])
    expect(await balanceOf(store, from)).toBe(10)
  })

  test('that the saga does not know how to take fails its message, and says whose it was', async () => {
    const careless = defineSaga<object, { Ordered: Order }, Record<never, never>>({
      name: 'careless',
      initial: {},
      on: {
        Ordered: {
          id: ({ id }) => id,
          starts: true,
          handle: (_, data) => ({
            state: { ordered: true },
            commands: [send(account, data.account, { type: 'Withdraw', data: { amount: 1_000 } })],
          }),
        },
      },
      deadlines: {},
    })
    const store = kernel.store({ sagas: [careless] })
    const [from = ''] = await accounts(store, 10)
    const id = newId()
    const ordered = message('Ordered', id, { id, account: from, amounts: [] })
    const report = await inboxOf(store).handle([ordered, message('Ordered', id, {})])
    expect(report).toMatchObject({ handled: 0, failed: [{ message: ordered }], held: [{ key: id }] })
    expect(report.failed[0]?.error).toMatchObject({ code: 'SAGA_COMMAND_REJECTED', retryable: false })
    for (const part of ['careless', id, 'Withdraw', from, 'NOT_ENOUGH', 'the balance is too low']) {
      expect(report.failed[0]?.error.message).toContain(part)
    }
    expect(await store.saga(careless, id)).toBeUndefined()
  })

  test('does not keep the others of its reaction from being executed, and takes back the end', async () => {
    const paying = defineSaga<{ refused: number }, { Ordered: Order }, Record<never, never>>({
      name: 'paying',
      initial: { refused: 0 },
      on: {
        Ordered: {
          id: ({ id }) => id,
          starts: true,
          handle: (_, data) => ({
            commands: data.amounts.map((amount) => send(account, data.account, { type: 'Withdraw', data: { amount } })),
            end: true,
          }),
        },
      },
      deadlines: {},
      rejected: ({ refused }) => ({ state: { refused: refused + 1 } }),
    })
    const store = kernel.store({ sagas: [paying] })
    const [from = ''] = await accounts(store, 10)
    const [good, bad] = [newId(), newId()]
    await inboxOf(store).handle([
      message('Ordered', good, { id: good, account: from, amounts: [1, 2] }),
      message('Ordered', bad, { id: bad, account: from, amounts: [3, 100, 4, 200] }),
    ])
    expect(await balanceOf(store, from)).toBe(0)
    expect(await store.saga(paying, good)).toMatchObject({ state: { refused: 0 }, endedAt: expect.any(String) })
    expect(await store.saga(paying, bad)).toMatchObject({ state: { refused: 2 }, endedAt: null })
  })
})

/** Answers every deposit with another one. */
const interest = defineSaga<object, { Deposited: AccountEvents['Deposited'] }, Record<never, never>>({
  name: 'interest',
  initial: {},
  on: {
    Deposited: {
      id: ({ note }, { key }) => (note === 'forever' ? key : null),
      starts: true,
      handle: (_, data, { id }) => ({ commands: [send(account, id, { type: 'Deposit', data })] }),
    },
  },
  deadlines: {},
})

describe('events of its own commands reach a saga', () => {
  test('as often as it takes, without a look at the database in between', async () => {
    const countdown = defineSaga<{ seen: number }, { Deposited: AccountEvents['Deposited'] }, Record<never, never>>({
      name: 'countdown',
      initial: { seen: 0 },
      on: {
        Deposited: {
          id: ({ note }) => note ?? null,
          starts: true,
          handle: ({ seen }, { amount, note = '' }, { key }) => ({
            state: { seen: seen + 1 },
            commands:
              amount > 1 ? [send(account, key ?? '', { type: 'Deposit', data: { amount: amount - 1, note } })] : [],
            end: amount === 1,
          }),
        },
      },
      deadlines: {},
    })
    const store = kernel.store({ sagas: [countdown] })
    const [id = ''] = await accounts(store, 0)
    const note = newId()
    await store.transact((unit) => unit.execute(account, id, { type: 'Deposit', data: { amount: 30, note } }), {
      correlationId: note,
    })
    expect(await store.saga(countdown, note)).toMatchObject({ state: { seen: 30 }, endedAt: expect.any(String) })
    const deposits = (await store.readStream(`account-${id}`)).slice(1)
    expect(new Set(deposits.map(({ tx }) => tx)).size).toBe(1)
    expect(deposits.slice(1).map(({ metadata }) => metadata.causationId)).toEqual(
      deposits.slice(0, -1).map((event) => event.id),
    )
  })

  test('but not for ever: a loop fails with the names of those who are in it, and nothing is stored', async () => {
    const store = kernel.store({ sagas: [interest] })
    const [id = '', other = ''] = await accounts(store, 1, 1)
    const bus = createCommandBus({ store })
    const deposit = (to: string, note: string) =>
      bus.execute(account, to, { type: 'Deposit', data: { amount: 1, note } }, { correlationId: 'c' })
    const [looping, fine] = await Promise.allSettled([deposit(id, 'forever'), deposit(other, 'once')])
    expect(looping).toMatchObject({ status: 'rejected', reason: { code: 'SAGA_LOOP' } })
    expect(String((looping as PromiseRejectedResult).reason)).toContain('interest on Deposited → interest on Deposited')
    expect(fine).toMatchObject({ status: 'fulfilled' })
    expect([await balanceOf(store, id), await balanceOf(store, other)]).toEqual([1, 2])
    expect(await store.saga(interest, id)).toBeUndefined()
  })
})

test('a handler that throws fails its message alone, and names saga, instance and event', async () => {
  const broken = defineSaga<object, { Ordered: Order }, Record<never, never>>({
    name: 'broken',
    initial: {},
    on: {
      Ordered: {
        id: ({ id }) => id,
        starts: true,
        handle: (_, { amounts }) => {
          if (amounts.length === 0) throw new Error('no amounts')
          return {}
        },
      },
    },
    deadlines: {},
  })
  const store = kernel.store({ sagas: [broken] })
  const [good, bad] = [newId(), newId()]
  const report = await inboxOf(store).handle([
    message('Ordered', bad, { id: bad, account: '', amounts: [] }),
    message('Ordered', good, { id: good, account: '', amounts: [1] }),
  ])
  expect(report).toMatchObject({ handled: 1, failed: [{ error: { code: 'HANDLER_FAILED' } }] })
  for (const part of ['broken', bad, 'Ordered', 'no amounts']) expect(report.failed[0]?.error.message).toContain(part)
  expect(await store.saga(broken, good)).toMatchObject({ version: 1 })
  expect(await store.saga(broken, bad)).toBeUndefined()
})
