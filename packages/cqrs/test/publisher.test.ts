import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { EventStore, OutgoingRecord, Publisher, PublisherOptions } from '../src/index.ts'
import { createCommandBus, createPublisher } from '../src/index.ts'
import { account } from './bank.ts'
import { newId, testKernel } from './kernel.ts'

// The feed's guard looks at the whole database, so each group of tests has its own to be undisturbed.
const kernel = await testKernel()

const map: PublisherOptions['map'] = (event) =>
  event.type === 'Opened' ? null : { topic: 'movements', key: event.stream, value: event.data as object, event }

interface Running {
  readonly publisher: Publisher
  readonly sent: OutgoingRecord[]
  readonly batches: number[]
}

function publish(store: EventStore, name: string, options: Partial<PublisherOptions> = {}): Running {
  const sent: OutgoingRecord[] = []
  const batches: number[] = []
  const publisher = createPublisher({
    store,
    name,
    map,
    send: async (records) => {
      batches.push(records.length)
      sent.push(...records)
    },
    ...options,
  })
  onTestFinished(() => publisher.stop())
  publisher.start()
  return { publisher, sent, batches }
}

const openAndDeposit = async (store: EventStore, id: string, deposits: number) => {
  const bus = createCommandBus({ store, maxGroup: 7 })
  await Promise.all([
    bus.execute(account, id, { type: 'Open', data: { owner: 'Ann' } }, { correlationId: id }),
    ...Array.from({ length: deposits }, (_, n) =>
      bus.execute(account, id, { type: 'Deposit', data: { amount: n + 1 } }, { correlationId: id }),
    ),
  ])
}

const of = (records: readonly OutgoingRecord[], id: string) =>
  records.filter(({ key }) => key === `account-${id}`).map(({ event }) => event.version)

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('a publisher', () => {
  test('sends what was committed in order, once, at once, and leaves private events out', async () => {
    const store = kernel.store()
    const { publisher, sent } = publish(store, 'plain', { pollIntervalMs: 60_000 })
    await waitFor(() => publisher.state === 'leading', { what: 'the lock' })
    const id = newId()
    await openAndDeposit(store, id, 50)
    await waitFor(() => of(sent, id).length === 50, { what: '50 records' })
    expect(of(sent, id)).toEqual(range(2, 51))
    const [stored] = (await store.readStream(`account-${id}`)).slice(1)
    expect(sent.find(({ key }) => key === `account-${id}`)?.event).toEqual(stored)
    await waitFor(async () => (await publisher.lag()).events === 0, { what: 'no lag' })
    expect(await publisher.lag()).toEqual({ events: 0, oldestSeconds: 0 })
  })

  test('starts with the first event there is, and goes on where the one before it ended', async () => {
    const store = kernel.store()
    const id = newId()
    await openAndDeposit(store, id, 10)
    const first = publish(store, 'successive')
    await waitFor(() => of(first.sent, id).length === 10, { what: 'the events from before the start' })
    await first.publisher.stop()
    expect(first.publisher.state).toBe('stopped')
    await store.transact((unit) => unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } }), {
      correlationId: id,
    })
    const second = publish(kernel.store(), 'successive')
    await waitFor(() => second.sent.length > 0, { what: 'the new event' })
    expect(second.sent.map(({ event }) => event.version)).toEqual([12])
  })

  test('publishes the commits of another process without waiting for its poll', async () => {
    const [own, other] = [kernel.store(), kernel.store()]
    const leader = publish(own, 'notified', { pollIntervalMs: 60_000 })
    await waitFor(() => leader.publisher.state === 'leading', { what: 'the lock' })
    const standby = publish(other, 'notified', { pollIntervalMs: 60_000 })
    const id = newId()
    await openAndDeposit(other, id, 5)
    await waitFor(() => of(leader.sent, id).length === 5, { what: '5 records' })
    expect(standby.publisher.state).toBe('standby')
    expect(standby.sent).toEqual([])
  })

  test('looks again soon when an older transaction hides what was committed', async () => {
    const store = kernel.store()
    const { publisher, sent } = publish(store, 'hidden', { pollIntervalMs: 60_000 })
    await waitFor(() => publisher.state === 'leading', { what: 'the lock' })
    const older = new Client(kernel.url)
    await older.connect()
    onTestFinished(() => older.end())
    await older.query('begin')
    await older.query('select pg_current_xact_id()')
    const id = newId()
    await openAndDeposit(store, id, 3)
    expect((await publisher.lag()).events).toBeGreaterThanOrEqual(4)
    expect(of(sent, id)).toEqual([])
    await older.query('commit')
    await waitFor(() => of(sent, id).length === 3, { what: '3 records' })
  })

  test('copes with transactions larger than its batches', async () => {
    const store = kernel.store()
    const { sent, batches } = publish(store, 'small batches', { batchSize: 10 })
    const id = newId()
    await store.transact(
      (unit) => {
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        for (let n = 0; n < 64; n += 1) unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } })
      },
      { correlationId: id },
    )
    await waitFor(() => of(sent, id).length === 64, { what: '64 records' })
    expect(of(sent, id)).toEqual(range(2, 65))
    expect(Math.max(...batches)).toBeLessThanOrEqual(10)
  })

  test('keeps the order of each stream while several processes write', async () => {
    const stores = [kernel.store(), kernel.store()]
    const publishers = stores.map((store) => publish(store, 'contended', { batchSize: 50 }))
    const ids = Array.from({ length: 4 }, newId)
    const buses = stores.map((store) => createCommandBus({ store, maxGroup: 5 }))
    await Promise.all(
      ids.map((id) =>
        (buses[0] as (typeof buses)[0]).execute(
          account,
          id,
          { type: 'Open', data: { owner: 'Ann' } },
          { correlationId: id },
        ),
      ),
    )
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        buses.flatMap((bus) =>
          ids.map((id) => bus.execute(account, id, { type: 'Deposit', data: { amount: 1 } }, { correlationId: id })),
        ),
      )
    }
    // Whichever leads.
    const sentOf = (id: string) => publishers.flatMap(({ sent }) => of(sent, id))
    await waitFor(() => ids.every((id) => sentOf(id).length >= 20), { what: 'all records' })
    for (const id of ids) expect(sentOf(id)).toEqual(range(2, 21))
  })
})

describe('nothing is lost', () => {
  test('when sending fails: it backs off visibly and repeats the same batch', async () => {
    const store = kernel.store()
    let failures = 3
    const attempts: number[][] = []
    const id = newId()
    const { publisher } = publish(store, 'failing', {
      send: async (records) => {
        const versions = of(records, id)
        if (versions.length > 0) attempts.push(versions)
        if (versions.length > 0 && failures-- > 0) throw new Error('the broker is away')
      },
    })
    await waitFor(() => publisher.state === 'leading', { what: 'the lock' })
    await store.transact(
      (unit) => {
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        for (let n = 0; n < 5; n += 1) unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } })
      },
      { correlationId: id },
    )
    await waitFor(() => publisher.state === 'backing-off', { what: 'backing off' })
    expect(publisher.lastError?.message).toBe('the broker is away')
    await waitFor(() => attempts.length === 4, { what: 'four attempts' })
    expect(attempts).toEqual(Array(4).fill(range(2, 6)))
    await waitFor(() => publisher.state === 'leading' && publisher.lastError === undefined, { what: 'recovery' })
  })

  test('when the process dies between send and checkpoint: the next one repeats the batch', async () => {
    const id = newId()
    const dying = kernel.store()
    let inTheAir: (() => void) | undefined
    const crashed = publish(dying, 'crashing', {
      send: (records) =>
        of(records, id).length === 0
          ? Promise.resolve()
          : new Promise((resolve) => {
              inTheAir = resolve
            }),
    })
    await waitFor(() => crashed.publisher.state === 'leading', { what: 'the lock' })
    await openAndDeposit(dying, id, 5)
    const delivered = await waitFor(() => inTheAir, { what: 'a batch in the air' })
    // The records have arrived; now the server ends the connection as if the process were gone, before the checkpoint.
    await kernel.rows(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
       and database = (select oid from pg_database where datname = current_database())`,
    )
    const successor = publish(kernel.store(), 'crashing', { pollIntervalMs: 50 })
    await waitFor(() => of(successor.sent, id).length === 5, { what: 'the batch again' })
    expect(of(successor.sent, id)).toEqual(range(2, 6))
    delivered()
    await crashed.publisher.stop()
  })

  test('when the leader goes: another one takes over and goes on after its checkpoint', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    const leader = publish(one, 'succession', { pollIntervalMs: 50 })
    await waitFor(() => leader.publisher.state === 'leading', { what: 'the lock' })
    const standby = publish(other, 'succession', { pollIntervalMs: 50 })
    const id = newId()
    await openAndDeposit(one, id, 5)
    await waitFor(() => of(leader.sent, id).length === 5, { what: '5 records' })
    await leader.publisher.stop()
    await waitFor(() => standby.publisher.state === 'leading', { what: 'the new leader' })
    await one.transact((unit) => unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } }), {
      correlationId: id,
    })
    await waitFor(() => of(standby.sent, id).length > 0, { what: 'the next record' })
    expect(of(standby.sent, id)).toEqual([7])
  })

  test('when an event cannot be mapped: the publisher waits there and says so', async () => {
    const store = kernel.store()
    let broken = true
    const id = newId()
    const { publisher, sent } = publish(store, 'unmappable', {
      map: (event) => {
        if (broken && event.stream === `account-${id}`) throw new Error('no topic for it')
        return map(event)
      },
    })
    await openAndDeposit(store, id, 2)
    await waitFor(() => publisher.lastError?.message === 'no topic for it', { what: 'the error' })
    broken = false
    await waitFor(() => of(sent, id).length === 2, { what: '2 records' })
  })
})

test('stop finishes the batch in hand', async () => {
  const store = kernel.store()
  let finish: (() => void) | undefined
  const id = newId()
  const { publisher } = publish(store, 'stopping', {
    send: (records) =>
      of(records, id).length === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            finish = resolve
          }),
  })
  await waitFor(() => publisher.state === 'leading', { what: 'the lock' })
  await store.transact(
    (unit) => {
      unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
      unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } })
    },
    { correlationId: id },
  )
  const sent = await waitFor(() => finish, { what: 'a batch in hand' })
  const stopping = publisher.stop()
  expect(publisher.state).toBe('stopping')
  sent()
  await stopping
  expect(publisher.state).toBe('stopped')
  const successor = publish(kernel.store(), 'stopping')
  await waitFor(() => successor.publisher.state === 'leading', { what: 'the successor' })
  await waitFor(async () => (await successor.publisher.lag()).events === 0, { what: 'no lag' })
  expect(of(successor.sent, id)).toEqual([])
})
