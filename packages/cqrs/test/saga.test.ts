import { describe, expect, test } from 'vitest'
import { createCommandBus, createInbox } from '../src/index.ts'
import { account, savings } from './bank.ts'
import { message, newId, testKernel } from './kernel.ts'
import { accounts, balanceOf, HOUR_MS, inboxOf, requested, transfer } from './transfer.ts'

const kernel = await testKernel()
const start = new Date('2026-03-01T12:00:00.000Z')
const bank = () => kernel.store({ sagas: [transfer], clock: () => start })

/** A transfer to another bank, which is under way now. */
async function sent(store = bank(), elsewhere = { bank: newId(), reference: newId() }) {
  const [from = ''] = await accounts(store, 100)
  const transferId = newId()
  const request = requested({ transferId, from, to: 'abroad', amount: 30, elsewhere })
  expect(await inboxOf(store).handle([request])).toMatchObject({ handled: 1, failed: [] })
  return { store, from, transferId, request, ...elsewhere }
}

const deadlinesOf = async (transferId: string) =>
  kernel.rows('select name from deadlines where id = $1 order by due_at', [transferId])
const associationsOf = async (transferId: string) =>
  kernel.rows('select property from saga_associations where id = $1 order by property', [transferId])

describe('an instance', () => {
  test('begins with an event that starts it, and its commands lead to the next events of it, in one transaction', async () => {
    const store = bank()
    const [from = '', to = ''] = await accounts(store, 100, 0)
    const transferId = newId()
    const request = requested({ transferId, from, to, amount: 30 })
    expect(await inboxOf(store).handle([request])).toEqual({
      handled: 1,
      duplicates: [],
      skipped: 0,
      failed: [],
      held: [],
    })
    expect([await balanceOf(store, from), await balanceOf(store, to)]).toEqual([70, 30])
    expect(await store.saga(transfer, transferId)).toEqual({
      id: transferId,
      state: { status: 'done', from, to, amount: 30 },
      version: 3,
      updatedAt: start.toISOString(),
      endedAt: start.toISOString(),
      deadlines: [],
    })
    const [withdrawn] = (await store.readStream(`account-${from}`)).slice(-1)
    const [deposited] = (await store.readStream(`account-${to}`)).slice(-1)
    expect(withdrawn?.metadata).toEqual({ correlationId: transferId, causationId: request.id })
    expect(deposited?.metadata).toEqual({ correlationId: transferId, causationId: withdrawn?.id })
    expect(deposited?.tx).toBe(withdrawn?.tx)
  })

  test('waits with its state, its associations and its deadlines', async () => {
    const { store, transferId, reference } = await sent()
    expect(await store.saga(transfer, transferId)).toMatchObject({
      state: { status: 'sent' },
      version: 2,
      endedAt: null,
      deadlines: [
        { name: 'reminder', dueAt: new Date(start.getTime() + HOUR_MS / 2).toISOString(), payload: {}, attempts: 0 },
        { name: 'overdue', dueAt: new Date(start.getTime() + HOUR_MS).toISOString(), payload: { reference } },
      ],
    })
    expect(await associationsOf(transferId)).toEqual([{ property: 'bank' }, { property: 'reference' }])
  })

  test('goes with its deadlines and associations when it ends; its row stays', async () => {
    const { store, transferId, reference } = await sent()
    await inboxOf(store).handle([message('MoneyArrived', reference, { reference })])
    expect(await store.saga(transfer, transferId)).toMatchObject({ state: { status: 'done' }, deadlines: [] })
    expect(await associationsOf(transferId)).toEqual([])
    expect(await deadlinesOf(transferId)).toEqual([])
  })

  test('is begun once: another start is handled by the one that is there', async () => {
    const { store, transferId, from } = await sent()
    const again = requested({ transferId, from, to: 'abroad', amount: 5, elsewhere: { bank: 'b', reference: 'r' } })
    await inboxOf(store).handle([again])
    expect(await store.saga(transfer, transferId)).toMatchObject({ state: { amount: 5 }, version: 4 })
  })

  test('that has ended is not begun again by a late start', async () => {
    const { store, transferId, from, reference } = await sent()
    await inboxOf(store).handle([message('MoneyArrived', reference, { reference })])
    const ended = await store.saga(transfer, transferId)
    const late = requested({ transferId, from, to: 'abroad', amount: 5 })
    expect(await inboxOf(store).handle([late])).toMatchObject({ handled: 1 })
    // Neither by a process that has never seen it.
    const other = requested({ transferId, from, to: 'abroad', amount: 5 })
    expect(await inboxOf(bank()).handle([other])).toMatchObject({ handled: 1 })
    expect(await store.saga(transfer, transferId)).toEqual(ended)
    expect(await balanceOf(store, from)).toBe(70)
  })

  test('that has ended goes on where it was when an event reopens it', async () => {
    const { store, transferId, from, reference } = await sent()
    await inboxOf(store).handle([message('MoneyArrived', reference, { reference })])
    await inboxOf(bank()).handle([message('TransferReopened', transferId, { transferId })])
    expect(await store.saga(transfer, transferId)).toMatchObject({ state: { status: 'sent' }, endedAt: null })
    expect(await balanceOf(store, from)).toBe(40)
    expect(await associationsOf(transferId)).toEqual([{ property: 'bank' }, { property: 'reference' }])
  })

  test('that never was is not begun by an event that does not start one', async () => {
    const store = bank()
    const report = await inboxOf(store).handle([message('MoneyArrived', 'x', { reference: newId() })])
    expect(report).toMatchObject({ handled: 1, failed: [] })
    await store.transact((unit) => unit.execute(account, newId(), { type: 'Open', data: { owner: 'Bob' } }), {
      correlationId: 'c',
    })
  })
})

describe('events reach a saga', () => {
  test('by an association, several instances at once', async () => {
    const store = bank()
    const bankName = newId()
    const transfers = [
      await sent(store, { bank: bankName, reference: newId() }),
      await sent(store, { bank: bankName, reference: newId() }),
    ]
    const elsewhere = await sent(store)
    await inboxOf(store).handle([message('BankClosed', bankName, { bank: bankName })])
    for (const { transferId, from } of transfers) {
      expect((await store.saga(transfer, transferId))?.state.status).toBe('refunded')
      expect(await balanceOf(store, from)).toBe(100)
    }
    expect((await store.saga(transfer, elsewhere.transferId))?.state.status).toBe('sent')
  })

  test('by several properties only if all of them match', async () => {
    const store = bank()
    const one = await sent(store)
    const other = await sent(store)
    const returned = (bankName: string, reference: string) =>
      message('MoneyReturned', reference, { bank: bankName, reference })
    await inboxOf(store).handle([returned(one.bank, other.reference)])
    expect((await store.saga(transfer, one.transferId))?.state.status).toBe('sent')
    await inboxOf(store).handle([returned(one.bank, one.reference)])
    expect((await store.saga(transfer, one.transferId))?.state.status).toBe('refunded')
    expect((await store.saga(transfer, other.transferId))?.state.status).toBe('sent')
  })

  test('by an association that was made, or has gone, earlier in the same batch', async () => {
    const store = bank()
    const [from = ''] = await accounts(store, 100)
    const [transferId, reference] = [newId(), newId()]
    const request = { transferId, from, to: 'abroad', amount: 1, elsewhere: { bank: 'b', reference } }
    await inboxOf(store).handle([
      message('MoneyArrived', reference, { reference }),
      requested(request),
      message('MoneyArrived', reference, { reference }),
      message('MoneyReturned', reference, { bank: 'b', reference }),
    ])
    expect(await store.saga(transfer, transferId)).toMatchObject({ state: { status: 'done' }, version: 3 })
    expect(await associationsOf(transferId)).toEqual([])
    expect(await deadlinesOf(transferId)).toEqual([])
  })

  test('whichever way they come about: by the command bus, by transact, or by a message handler', async () => {
    const store = bank()
    const { transferId, from } = await sent(store)
    const bus = createCommandBus({ store })
    await bus.execute(
      account,
      from,
      { type: 'Deposit', data: { amount: 1, note: transferId } },
      { correlationId: 'bus' },
    )
    expect((await store.saga(transfer, transferId))?.state.status).toBe('done')

    const second = await sent(store)
    await store.transact(
      (unit) => unit.execute(account, from, { type: 'Deposit', data: { amount: 1, note: second.transferId } }),
      { correlationId: 'transact' },
    )
    expect((await store.saga(transfer, second.transferId))?.state.status).toBe('done')
  })

  test('after the handler of the message, which may be there or not', async () => {
    const { store, transferId, from } = await sent()
    const noted: string[] = []
    const inbox = createInbox({
      store,
      consumer: 'both',
      handlers: {
        TransferReopened: (_, unit) => {
          noted.push(String(unit.state(account, from).balance))
        },
      },
    })
    const report = await inbox.handle([
      message('TransferReopened', transferId, { transferId }),
      message('NobodyWaitsForThis', 'x'),
    ])
    expect(report).toMatchObject({ handled: 1, skipped: 1 })
    expect(noted.at(-1)).toBe('70')
    expect(await balanceOf(store, from)).toBe(40)
  })

  test('with the name and id of the aggregate, so that a saga can tell aggregates apart', async () => {
    const { store, transferId } = await sent()
    const id = newId()
    await store.transact(
      (unit) => {
        unit.execute(savings, id, { type: 'Open', data: { owner: 'Ann' } })
        unit.execute(savings, id, { type: 'Deposit', data: { amount: 1, note: transferId } })
      },
      { correlationId: 'c' },
    )
    expect((await store.saga(transfer, transferId))?.state.status).toBe('sent')
  })
})

describe('all of a reaction is stored, or nothing', () => {
  test('when a statement of the message fails', async () => {
    const store = bank()
    const [from = ''] = await accounts(store, 100)
    const transferId = newId()
    const inbox = createInbox({
      store,
      consumer: 'faulty',
      handlers: { TransferRequested: (_, unit) => unit.write({ text: 'select 1 / $1::int', values: [0] }) },
    })
    const elsewhere = { bank: newId(), reference: newId() }
    const request = requested({ transferId, from, to: 'abroad', amount: 30, elsewhere })
    expect(await inbox.handle([request])).toMatchObject({
      handled: 0,
      failed: [{ error: { code: 'STATEMENT_FAILED' } }],
    })
    expect(await store.saga(transfer, transferId)).toBeUndefined()
    expect(await balanceOf(store, from)).toBe(100)
    expect(await deadlinesOf(transferId)).toEqual([])
    expect(await associationsOf(transferId)).toEqual([])
    // Cured, it takes effect as if nothing had been.
    expect(await inboxOf(store, 'faulty').handle([request])).toMatchObject({ handled: 1, duplicates: [] })
    expect((await store.saga(transfer, transferId))?.state.status).toBe('sent')
  })

  test('when another event of the same item makes a handler throw', async () => {
    const { store, transferId, from } = await sent()
    const before = await store.saga(transfer, transferId)
    await expect(
      store.transact(
        (unit) => {
          unit.execute(account, from, { type: 'Deposit', data: { amount: 1, note: transferId } })
          unit.execute(account, from, { type: 'Explode', data: {} })
        },
        { correlationId: 'c' },
      ),
    ).rejects.toMatchObject({ code: 'HANDLER_FAILED' })
    expect(await store.saga(transfer, transferId)).toEqual(before)
  })
})

test('instances are listed page by page, active or ended', async () => {
  const store = kernel.store({ sagas: [transfer] })
  await kernel.pool.query('delete from sagas')
  const transfers = [await sent(store), await sent(store), await sent(store)].sort((a, b) =>
    a.transferId < b.transferId ? -1 : 1,
  )
  const [first, second, third] = transfers.map(({ transferId }) => transferId)
  const reference = transfers[1]?.reference ?? ''
  await inboxOf(store).handle([message('MoneyArrived', reference, { reference })])
  const ids = async (query: object) => (await store.sagas({ saga: transfer, ...query })).map(({ id }) => id)
  expect(await ids({})).toEqual([first, second, third])
  expect(await ids({ active: true })).toEqual([first, third])
  expect(await ids({ active: false })).toEqual([second])
  expect(await ids({ limit: 2 })).toEqual([first, second])
  expect(await ids({ after: second })).toEqual([third])
  expect(await store.saga(transfer, newId())).toBeUndefined()
})
