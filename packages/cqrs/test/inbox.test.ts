import { describe, expect, test } from 'vitest'
import type { EventStore, MessageHandlers } from '../src/index.ts'
import { createInbox } from '../src/index.ts'
import { account } from './bank.ts'
import { message, newId, testKernel } from './kernel.ts'

const kernel = await testKernel()

const handlers: MessageHandlers = {
  Open: ({ key }, unit) => unit.execute(account, key ?? '', { type: 'Open', data: { owner: 'Ann' } }),
  Deposit: ({ key, data }, unit) =>
    unit.execute(account, key ?? '', { type: 'Deposit', data: data as { amount: number } }),
  Transfer: ({ data }, unit) => {
    const { from, to, amount } = data as { from: string; to: string; amount: number }
    const { rejection } = unit.execute(account, from, { type: 'Withdraw', data: { amount } })
    if (rejection === undefined) unit.execute(account, to, { type: 'Deposit', data: { amount } })
  },
  Fail: () => {
    throw new Error('the handler is broken')
  },
  BadSql: ({ data }, unit) => unit.write({ text: 'select $1::int', values: [(data as { value: string }).value] }),
}

const inboxOf = (store: EventStore, consumer = 'tests') => createInbox({ store, consumer, handlers })

const typesOf = async (store: EventStore, id: string) =>
  (await store.readStream(`account-${id}`)).map(({ type }) => type)

describe('a batch', () => {
  test('takes effect in order, in one transaction', async () => {
    const store = kernel.store()
    const [a, b] = [newId(), newId()]
    const report = await inboxOf(store).handle([
      message('Open', a),
      message('Open', b),
      message('Deposit', a, { amount: 5 }),
      message('Transfer', null, { from: a, to: b, amount: 3 }),
    ])
    expect(report).toEqual({ handled: 4, duplicates: [], skipped: 0, failed: [], held: [] })
    const events = [...(await store.readStream(`account-${a}`)), ...(await store.readStream(`account-${b}`))]
    expect(events.map(({ type, version }) => `${type} ${version}`)).toEqual([
      'Opened 1',
      'Deposited 2',
      'Withdrawn 3',
      'Opened 1',
      'Deposited 2',
    ])
    expect(new Set(events.map(({ tx }) => tx)).size).toBe(1)
    expect((await store.load(account, b)).state.balance).toBe(3)
  })

  test('carries correlation, causation and trace to the events', async () => {
    const store = kernel.store()
    const id = newId()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const opening = { ...message('Open', id), correlationId: 'case 7', traceparent }
    await inboxOf(store).handle([opening])
    const [event] = await store.readStream(`account-${id}`)
    expect(event?.metadata).toEqual({ correlationId: 'case 7', causationId: opening.id, traceparent })
  })

  test('skips types without a handler and leaves no row for them', async () => {
    const unknown = message('Unknown', newId())
    const inherited = message('toString', newId())
    expect(await inboxOf(kernel.store()).handle([unknown, inherited])).toMatchObject({ handled: 0, skipped: 2 })
    expect(await kernel.rows('select from inbox where message_id = any($1)', [[unknown.id, inherited.id]])).toEqual([])
  })

  test('commits extra statements with it, also when there is no message', async () => {
    await kernel.pool.query('create table if not exists aside (note text primary key)')
    const note = { text: 'insert into aside (note) values ($1)', values: ['one'] }
    await inboxOf(kernel.store()).handle([], [note])
    expect(await kernel.rows('select note from aside')).toEqual([{ note: 'one' }])
    await expect(inboxOf(kernel.store()).handle([message('Open', newId())], [note])).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
    })
  })
})

describe('a message takes effect once', () => {
  test('when it is handled again, by this process or another one', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    const id = newId()
    const messages = [message('Open', id), message('Deposit', id, { amount: 5 })]
    await inboxOf(one).handle(messages)
    expect(await inboxOf(one).handle(messages)).toMatchObject({ handled: 0, duplicates: messages })
    expect(await inboxOf(other).handle([...messages, message('Deposit', id, { amount: 1 })])).toMatchObject({
      handled: 1,
      duplicates: messages,
    })
    expect((await other.load(account, id)).state).toMatchObject({ balance: 6, movements: 2 })
  })

  test('when it is twice in a batch', async () => {
    const store = kernel.store()
    const id = newId()
    const deposit = message('Deposit', id, { amount: 5 })
    const report = await inboxOf(store).handle([message('Open', id), deposit, deposit])
    expect(report).toMatchObject({ handled: 2, duplicates: [deposit] })
    expect((await store.load(account, id)).state.balance).toBe(5)
  })

  test('when two processes handle the same batches at the same time', async () => {
    const stores = [kernel.store(), kernel.store()]
    const ids = Array.from({ length: 20 }, newId)
    const batches = [
      ids.map((id) => message('Open', id)),
      ...Array.from({ length: 5 }, () => ids.map((id) => message('Deposit', id, { amount: 1 }))),
    ]
    const reports = await Promise.all(
      stores.map(async (store) => {
        let handled = 0
        for (const batch of batches) handled += (await inboxOf(store, 'racers').handle(batch)).handled
        return handled
      }),
    )
    expect(reports.reduce((sum, handled) => sum + handled, 0)).toBe(ids.length * batches.length)
    for (const id of ids)
      expect((await stores[0]?.load(account, id))?.state).toMatchObject({ balance: 5, movements: 5 })
  })

  test('for as long as its id is kept', async () => {
    const store = kernel.store()
    const opening = message('Open', newId())
    await inboxOf(store).handle([opening])
    await kernel.rows(`update inbox set handled_at = now() - interval '6 days' where message_id = $1`, [opening.id])
    await store.forgetOld()
    expect(await inboxOf(store).handle([opening])).toMatchObject({ duplicates: [opening] })
    await kernel.rows(`update inbox set handled_at = now() - interval '8 days' where message_id = $1`, [opening.id])
    expect(await store.forgetOld()).toBe(1)
    expect(await inboxOf(store).handle([opening])).toMatchObject({ handled: 1 })
  })

  test('per consumer', async () => {
    const store = kernel.store()
    const opening = message('Open', newId())
    await inboxOf(store, 'first').handle([opening])
    expect(await inboxOf(store, 'second').handle([opening])).toMatchObject({ handled: 1, duplicates: [] })
  })
})

describe('one bad message', () => {
  test('whose handler throws fails alone, and holds only the later ones of its key', async () => {
    const store = kernel.store()
    const [good, bad] = [newId(), newId()]
    const failing = message('Fail', bad)
    const behind = message('Deposit', bad, { amount: 9 })
    const elsewhere = { ...message('Open', bad), source: { topic: 'other', partition: 0, offset: 1n } }
    const report = await inboxOf(store).handle([
      message('Open', good),
      failing,
      behind,
      message('Deposit', good, { amount: 2 }),
      elsewhere,
    ])
    expect(report).toMatchObject({ handled: 3, held: [behind], failed: [{ message: failing }] })
    expect(report.failed[0]?.error).toMatchObject({ code: 'HANDLER_FAILED', retryable: false })
    expect(report.failed[0]?.error.message).toContain('the handler is broken')
    expect(await typesOf(store, good)).toEqual(['Opened', 'Deposited'])
    expect(await typesOf(store, bad)).toEqual(['Opened'])
  })

  test('that decided something before it threw leaves nothing of that', async () => {
    const store = kernel.store()
    const id = newId()
    const inbox = createInbox({
      store,
      consumer: 'tests',
      handlers: {
        ...handlers,
        OpenAndFail: ({ key }, unit) => {
          unit.execute(account, key ?? '', { type: 'Open', data: { owner: 'Bob' } })
          unit.write({ text: 'select 1', values: [] })
          throw new Error('too late')
        },
      },
    })
    await inbox.handle([message('OpenAndFail', id), message('Open', newId())])
    expect(await typesOf(store, id)).toEqual([])
    expect(await inbox.handle([message('Open', id)])).toMatchObject({ handled: 1 })
  })

  test('whose statement the database refuses fails alone, whatever its place in a large batch', async () => {
    const store = kernel.store()
    const id = newId()
    const poison = message('BadSql', 'poison', { value: 'not a number' })
    const behind = message('BadSql', 'poison', { value: '7' })
    const many = Array.from({ length: 40 }, () => message('Deposit', id, { amount: 1 }))
    const report = await inboxOf(store).handle([
      message('Open', id),
      ...many.slice(0, 17),
      poison,
      behind,
      ...many.slice(17),
    ])
    expect(report).toMatchObject({ handled: 41, held: [behind], failed: [{ message: poison }] })
    expect(report.failed[0]?.error.code).toBe('STATEMENT_FAILED')
    expect((await store.load(account, id)).state.movements).toBe(40)
  })

  test('may be handled again when it is cured', async () => {
    const store = kernel.store()
    const id = newId()
    const deposit = message('Deposit', id, { amount: 4 })
    let broken = true
    const inbox = createInbox({
      store,
      consumer: 'tests',
      handlers: {
        ...handlers,
        Deposit: (received, unit) => {
          if (broken) throw new Error('not yet')
          handlers.Deposit?.(received, unit)
        },
      },
    })
    const batch = [message('Open', id), deposit]
    expect(await inbox.handle(batch)).toMatchObject({ handled: 1, failed: [{ message: deposit }] })
    broken = false
    expect(await inbox.handle(batch)).toMatchObject({ handled: 1, duplicates: batch.slice(0, 1), failed: [] })
    expect((await store.load(account, id)).state.balance).toBe(4)
  })

  test('with text that PostgreSQL cannot store fails alone', async () => {
    const report = await inboxOf(kernel.store()).handle([message('Open', 'nul \0'), message('Open', newId())])
    expect(report).toMatchObject({ handled: 1, failed: [{ error: { code: 'STATEMENT_FAILED' } }] })
  })

  test('whose handler is asynchronous fails alone, because its late decisions would be lost', async () => {
    const inbox = createInbox({
      store: kernel.store(),
      consumer: 'tests',
      handlers: {
        ...handlers,
        Later: async () => {
          throw new Error('later')
        },
      },
    })
    const report = await inbox.handle([message('Later', newId()), message('Open', newId())])
    expect(report).toMatchObject({ handled: 1, failed: [{ error: { code: 'INVALID_DEFINITION' } }] })
  })
})
