import { describe, expect, test } from 'vitest'
import type { AcceptedCommand, CommandMeta, CommandResult } from '../src/index.ts'
import { createCommandBus, streamName } from '../src/index.ts'
import type { Account } from './bank.ts'
import { account } from './bank.ts'
import { newId, testKernel } from './kernel.ts'

const kernel = await testKernel()

const OPEN = { type: 'Open', data: { owner: 'Ann' } } as const
const deposit = (amount: number) => ({ type: 'Deposit', data: { amount } }) as const

const accepted = (result: CommandResult<Account>): AcceptedCommand<Account> => {
  if (result.status !== 'accepted') throw new Error(`rejected: ${result.rejection.message}`)
  return result
}

const once = (key: string, fingerprint = 'body'): CommandMeta => ({
  correlationId: 'c',
  idempotency: { key, fingerprint },
})

describe('a command', () => {
  test('answers with its events, and with the state and version after it', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const id = newId()
    await bus.execute(account, id, OPEN, { correlationId: 'c' })
    expect(await bus.execute(account, id, deposit(5), { correlationId: 'c', causationId: 'click' })).toMatchObject({
      status: 'accepted',
      id,
      version: 2,
      replayed: false,
      state: { balance: 5 },
      events: [{ type: 'Deposited', version: 2, metadata: { correlationId: 'c', causationId: 'click' } }],
    })
  })

  test('that is rejected stores nothing', async () => {
    const store = kernel.store()
    const id = newId()
    const result = await createCommandBus({ store }).execute(account, id, deposit(5), { correlationId: 'c' })
    expect(result).toEqual({
      status: 'rejected',
      rejection: { rejected: 'NOT_OPEN', message: 'the account is not open' },
    })
    expect(await store.readStream(streamName(account, id))).toEqual([])
  })

  test('is refused by a bus that is closed; those before are finished', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const results = Array.from({ length: 20 }, () => bus.execute(account, newId(), OPEN, { correlationId: 'c' }))
    await bus.close()
    expect((await Promise.all(results)).every(({ status }) => status === 'accepted')).toBe(true)
    await expect(bus.execute(account, newId(), OPEN, { correlationId: 'c' })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('commands that arrive together', () => {
  test('share transactions and keep the order of their arrival', async () => {
    const store = kernel.store()
    const bus = createCommandBus({ store, maxGroup: 40 })
    const id = newId()
    const amounts = Array.from({ length: 100 }, (_, n) => n + 1)
    const results = await Promise.all([
      bus.execute(account, id, OPEN, { correlationId: 'c' }),
      ...amounts.map((amount) => bus.execute(account, id, deposit(amount), { correlationId: 'c' })),
    ])
    expect(results.map((result) => accepted(result).version)).toEqual(Array.from({ length: 101 }, (_, n) => n + 1))
    const events = await store.readStream(streamName(account, id))
    expect(events.slice(1).map(({ data }) => (data as { amount: number }).amount)).toEqual(amounts)
    expect(new Set(events.map(({ tx }) => tx)).size).toBe(3)
  })

  test('do not suffer from one that fails', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const ids = Array.from({ length: 10 }, newId)
    const commands = ids.map((id, n) =>
      n === 4
        ? bus.execute(account, id, { type: 'Explode', data: {} }, { correlationId: 'c' })
        : bus.execute(account, n === 6 ? 'nul \0' : id, OPEN, { correlationId: 'c' }),
    )
    const settled = await Promise.allSettled(commands)
    expect(settled.map(({ status }) => status)).toEqual(
      ids.map((_, n) => (n === 4 || n === 6 ? 'rejected' : 'fulfilled')),
    )
    expect(settled[4]).toMatchObject({ reason: { code: 'HANDLER_FAILED', message: expect.stringContaining('boom') } })
    expect(settled[6]).toMatchObject({ reason: { code: 'STATEMENT_FAILED' } })
  })

  test('may be handlers over several streams', async () => {
    const store = kernel.store()
    const bus = createCommandBus({ store })
    const [from, to] = [newId(), newId()]
    for (const id of [from, to]) await bus.execute(account, id, OPEN, { correlationId: 'c' })
    await bus.execute(account, from, deposit(10), { correlationId: 'c' })
    const moved = await Promise.all(
      Array.from({ length: 4 }, () =>
        bus.run(
          (unit) => {
            const { rejection } = unit.execute(account, from, { type: 'Withdraw', data: { amount: 3 } })
            if (rejection === undefined) unit.execute(account, to, deposit(3))
            return rejection?.rejected ?? 'moved'
          },
          { correlationId: 'c' },
        ),
      ),
    )
    expect(moved).toEqual(['moved', 'moved', 'moved', 'NOT_ENOUGH'])
    expect((await store.load(account, to)).state.balance).toBe(9)
  })
})

describe('an idempotency key', () => {
  test('gives the first result again, also when the caller chose a new id and the account went on', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const [id, key] = [newId(), newId()]
    const first = accepted(await bus.execute(account, id, OPEN, once(key)))
    await bus.execute(account, id, deposit(5), { correlationId: 'c' })
    const again = accepted(await bus.execute(account, newId(), OPEN, once(key)))
    expect(again).toMatchObject({ id, version: 1, state: { balance: 0, open: true }, replayed: true })
    expect(again.events.map((event) => event.id)).toEqual(first.events.map((event) => event.id))
  })

  test('gives the first result again instead of a rejection', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const [id, key] = [newId(), newId()]
    await bus.execute(account, id, OPEN, once(key))
    expect(await bus.execute(account, id, OPEN, once(key))).toMatchObject({ status: 'accepted', replayed: true })
    expect(await bus.execute(account, id, OPEN, once(newId()))).toMatchObject({
      rejection: { rejected: 'ALREADY_OPEN' },
    })
  })

  test('with another fingerprint is rejected', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const key = newId()
    await bus.execute(account, newId(), OPEN, once(key, 'one body'))
    expect(await bus.execute(account, newId(), OPEN, once(key, 'another body'))).toMatchObject({
      status: 'rejected',
      rejection: { rejected: 'IDEMPOTENCY_KEY_REUSED' },
    })
  })

  test('takes effect once when used at the same time, in one process and in two', async () => {
    const stores = [kernel.store(), kernel.store()]
    const buses = stores.map((store) => createCommandBus({ store }))
    for (let round = 0; round < 5; round += 1) {
      const key = newId()
      const results = await Promise.all(
        [...buses, ...buses].map((bus) => bus.execute(account, newId(), OPEN, once(key))),
      )
      expect(new Set(results.map((result) => accepted(result).id)).size).toBe(1)
      expect(results.filter((result) => !accepted(result).replayed)).toHaveLength(1)
    }
  })

  test('of a rejected command may be used again', async () => {
    const bus = createCommandBus({ store: kernel.store() })
    const [id, key] = [newId(), newId()]
    expect(await bus.execute(account, id, deposit(1), once(key))).toMatchObject({ status: 'rejected' })
    await bus.execute(account, id, OPEN, { correlationId: 'c' })
    expect(await bus.execute(account, id, deposit(1), once(key))).toMatchObject({ status: 'accepted', replayed: false })
  })

  test('is forgotten after the retention', async () => {
    const store = kernel.store()
    const bus = createCommandBus({ store })
    const key = newId()
    await bus.execute(account, newId(), OPEN, once(key))
    await kernel.pool.query(`update accepted_commands set accepted_at = now() - interval '8 days' where key = $1`, [
      key,
    ])
    expect(await store.forgetOld()).toBeGreaterThanOrEqual(1)
    expect(await bus.execute(account, newId(), OPEN, once(key))).toMatchObject({ status: 'accepted', replayed: false })
  })
})
