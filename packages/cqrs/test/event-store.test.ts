import fc from 'fast-check'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { CommandOf, EventStore, FeedPosition, StoredEvent } from '../src/index.ts'
import {
  createCommandBus,
  createEventStore,
  createInbox,
  defineAggregate,
  FEED_START,
  streamName,
} from '../src/index.ts'
import { account, savings } from './bank.ts'
import { message, newId, testKernel } from './kernel.ts'

const kernel = await testKernel()

const open = (store: EventStore, id: string, amount = 0) =>
  store.transact(
    (unit) => {
      unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
      if (amount > 0) unit.execute(account, id, { type: 'Deposit', data: { amount } })
    },
    { correlationId: id },
  )

const execute = (store: EventStore, id: string, command: CommandOf<typeof account>) =>
  store.transact((unit) => unit.execute(account, id, command), { correlationId: id })

describe('a unit of work', () => {
  test('sees what it decided before', async () => {
    const id = newId()
    const seen = await kernel.store().transact(
      (unit) => {
        const before = unit.version(account, id)
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        unit.execute(account, id, { type: 'Deposit', data: { amount: 7 } })
        return { before, version: unit.version(account, id), balance: unit.state(account, id).balance }
      },
      { correlationId: 'c' },
    )
    expect(seen).toEqual({ before: 0, version: 2, balance: 7 })
  })

  test('loads streams that one state leads to from another, however many steps', async () => {
    const ids = Array.from({ length: 6 }, newId)
    const writer = kernel.store()
    for (const [n, id] of ids.entries()) await open(writer, id, n + 1)
    const sum = await kernel.store().transact(
      (unit) => {
        let next = 0
        let total = 0
        while (next < ids.length) {
          const { balance } = unit.state(account, ids[next] as string)
          total += balance
          next = balance === 0 ? ids.length : balance
        }
        return total
      },
      { correlationId: 'c' },
    )
    expect(sum).toBe(21)
  })

  test('stamps its events with the clock and ids of the store', async () => {
    const ids = [newId(), newId()]
    const expected = [...ids]
    const store = kernel.store({ clock: () => new Date('2030-02-28T23:59:59.007Z'), ids: () => ids.shift() ?? newId() })
    const id = newId()
    await store.load(account, id)
    await open(store, id, 5)
    const events = await store.readStream(streamName(account, id))
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual(Array(2).fill('2030-02-28T23:59:59.007Z'))
    expect(events.every((event) => expected.includes(event.id))).toBe(false)
    expect(new Set(events.map((event) => event.id)).size).toBe(2)
  })

  test('returns data as it was stored, whatever the text', async () => {
    const store = kernel.store()
    const id = newId()
    await open(store, id)
    const note = 'quote " backslash \\ braces {a,b} nul \u0000 emoji 🎉 NULL'
    await execute(store, id, { type: 'Deposit', data: { amount: 1, note } })
    expect((await store.readStream(streamName(account, id))).at(-1)?.data).toEqual({ amount: 1, note })
  })

  test('reads a part of a stream by the versions of its events', async () => {
    const store = kernel.store()
    const id = newId()
    await open(store, id)
    for (const amount of [1, 2, 3]) await execute(store, id, { type: 'Deposit', data: { amount } })
    const versions = async (range: { from?: number; to?: number }) =>
      (await store.readStream(streamName(account, id), range)).map(({ version }) => version)
    const all = await versions({})
    expect(await versions({ from: 2, to: 3 })).toEqual([2, 3])
    expect(await versions({ from: 3 })).toEqual(all.slice(2))
    expect(await versions({ to: 2 })).toEqual([1, 2])
  })

  test('throws what the handler threw, and stores nothing', async () => {
    const store = kernel.store()
    const id = newId()
    const work = store.transact(
      (unit) => {
        unit.execute(account, id, { type: 'Open', data: { owner: 'Ann' } })
        throw new Error('no')
      },
      { correlationId: id },
    )
    await expect(work).rejects.toMatchObject({ code: 'HANDLER_FAILED', cause: new Error('no') })
    expect(await store.readStream(streamName(account, id))).toEqual([])
  })

  test('refuses commands, events and aggregates that it does not know, by name', async () => {
    const store = kernel.store()
    await expect(execute(store, newId(), { type: 'Close' } as never)).rejects.toMatchObject({
      code: 'UNKNOWN_COMMAND',
      message: expect.stringContaining('Open, Deposit, Withdraw'),
    })
    const twin = defineAggregate({ ...account, name: 'stranger' })
    await expect(store.transact((unit) => unit.state(twin, '1'), { correlationId: 'c' })).rejects.toMatchObject({
      code: 'UNKNOWN_AGGREGATE',
    })
    expect(() => createEventStore({ pool: kernel.pool, aggregates: [account, account] })).toThrow('same name')
  })
})

describe('two processes', () => {
  test('that create the same stream at once: one wins, the other decides again', async () => {
    const stores = [kernel.store(), kernel.store()]
    for (let round = 0; round < 10; round += 1) {
      const id = newId()
      const outcomes = await Promise.all(
        stores.map((store) => execute(store, id, { type: 'Open', data: { owner: 'Ann' } })),
      )
      expect(outcomes.map(({ rejection }) => rejection?.rejected).sort()).toEqual(['ALREADY_OPEN', undefined])
      expect(await stores[0]?.readStream(streamName(account, id))).toHaveLength(1)
    }
  })

  test('that withdraw the same money at once: nobody overdraws', async () => {
    const stores = [kernel.store(), kernel.store(), kernel.store()]
    const id = newId()
    await open(stores[0] as EventStore, id, 10)
    const outcomes = await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: 8 }, () => execute(store, id, { type: 'Withdraw', data: { amount: 1 } })),
      ),
    )
    expect(outcomes.filter(({ rejection }) => rejection === undefined)).toHaveLength(10)
    expect((await stores[1]?.load(account, id))?.state).toMatchObject({ balance: 0, movements: 11 })
  })

  test('an acceptance that rests on memory is not believed when the stream has gone on', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    const id = newId()
    await open(one, id, 10)
    await execute(other, id, { type: 'Withdraw', data: { amount: 10 } })
    const outcome = await execute(one, id, { type: 'Withdraw', data: { amount: 10 } })
    expect(outcome.rejection).toMatchObject({ rejected: 'NOT_ENOUGH', details: { balance: 0 } })
  })

  test('a rejection that rests on memory is not believed when the stream has gone on', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    const id = newId()
    await open(one, id)
    await execute(other, id, { type: 'Deposit', data: { amount: 10 } })
    expect(await execute(one, id, { type: 'Withdraw', data: { amount: 10 } })).toMatchObject({
      events: [{ version: 3 }],
    })
  })

  test('a stream that is taken for new, because the last ones were, is not written twice', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    for (let n = 0; n < 20; n += 1) await open(one, newId())
    const id = newId()
    await open(other, id, 5)
    const outcome = await execute(one, id, { type: 'Open', data: { owner: 'Bob' } })
    expect(outcome.rejection?.rejected).toBe('ALREADY_OPEN')
    expect((await one.load(account, id)).version).toBe(2)
    expect(await execute(one, id, { type: 'Withdraw', data: { amount: 5 } })).toMatchObject({
      events: [{ version: 3 }],
    })
  })

  test('a stream that is only read is current, too', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    const [from, to] = [newId(), newId()]
    await open(one, from, 1)
    await open(one, to)
    await execute(other, from, { type: 'Deposit', data: { amount: 41 } })
    const outcome = await one.transact(
      (unit) => unit.execute(account, to, { type: 'Deposit', data: { amount: unit.state(account, from).balance } }),
      { correlationId: 'c' },
    )
    expect(outcome.events[0]?.data).toEqual({ amount: 42 })
  })

  test('one that is always too late gives up with a retryable error and has stored nothing', async () => {
    const [one, other] = [kernel.store(), kernel.store()]
    const id = newId()
    await open(one, id)
    const racing = new Client(kernel.url)
    await racing.connect()
    onTestFinished(() => racing.end())
    let version = 1
    const bus = createCommandBus({
      store: one,
    })
    // Each time the handler runs, somebody else has already taken the next version.
    await racing.query(`
      create function overtake() returns trigger language plpgsql as $$ begin
        raise exception 'too late' using errcode = 'serialization_failure';
      end $$;
      create trigger overtake before insert on events for each row when (new.stream = 'account-${id}') execute function overtake()`)
    const late = bus.execute(account, id, { type: 'Deposit', data: { amount: 1 } }, { correlationId: id })
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT', retryable: true })
    version = (await other.load(account, id)).version
    expect(version).toBe(1)
  })
})

test('what a process remembers is forgotten with its connection, because the server may have lost commits', async () => {
  const store = kernel.store({ connections: 1 })
  const id = newId()
  await open(store, id, 10)
  // A restored server: the last event is gone.
  await kernel.rows('delete from events where stream = $1 and version = 2', [`account-${id}`])
  await kernel.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state = 'idle'`,
  )
  await waitFor(
    async () => (await execute(store, id, { type: 'Withdraw', data: { amount: 10 } })).rejection?.rejected,
    { what: 'a decision on what the server has' },
  )
  expect((await store.readStream(`account-${id}`)).map(({ version }) => version)).toEqual([1])
})

describe('the feed', () => {
  test('holds back what an older open transaction could still precede, and then loses nothing', async () => {
    const store = kernel.store()
    const start = await newest(store)
    const older = new Client(kernel.url)
    await older.connect()
    onTestFinished(() => older.end())
    await older.query('begin')
    await older.query('select pg_current_xact_id()')

    const young = newId()
    await open(store, young)
    expect(await store.feed(start, 100)).toEqual([])
    const old = `account-${newId()}`
    await older.query(
      `insert into events (stream, version, id, type, data, correlation_id, occurred_at)
       values ($1, 1, gen_random_uuid(), 'Opened', '{"owner":"Old"}', 'c', now())`,
      [old],
    )
    await older.query('commit')

    const seen = await waitFor(
      async () => {
        const events = await store.feed(start, 100)
        return events.length === 2 && events
      },
      { what: 'both events in the feed' },
    )
    expect(seen.map(({ stream }) => stream)).toEqual([old, `account-${young}`])
    const [first, second] = seen as [StoredEvent, StoredEvent]
    expect(first.tx < second.tx && first.position > second.position).toBe(true)
  })

  test('gives each event once and each stream in order, while several processes write', async () => {
    const stores = [kernel.store(), kernel.store({ cacheSize: 0 })]
    const ids = Array.from({ length: 5 }, newId)
    for (const id of ids) await open(stores[0] as EventStore, id)
    const start = await newest(stores[0] as EventStore)
    const rounds = 40
    const deposit = (store: EventStore, id: string) => execute(store, id, { type: 'Deposit', data: { amount: 1 } })
    let failure: unknown
    const writing = stores.map(async (store) => {
      for (let n = 0; n < rounds; n += 1) await Promise.all(ids.map((id) => deposit(store, id)))
    })
    Promise.all(writing).catch((error: unknown) => {
      failure = error
    })
    const total = stores.length * rounds * ids.length
    const events: StoredEvent[] = []
    let after: FeedPosition = start
    await waitFor(
      async () => {
        if (failure !== undefined) throw failure
        const page = await (stores[1] as EventStore).feed(after, 7)
        events.push(...page)
        after = page.at(-1) ?? after
        return events.length >= total
      },
      { what: `${total} events` },
    )
    await Promise.all(writing)
    expect(await (stores[0] as EventStore).feed(after, 10)).toEqual([])
    for (const id of ids) {
      const versions = events.filter(({ stream }) => stream === `account-${id}`).map(({ version }) => version)
      expect(versions).toEqual(Array.from({ length: stores.length * rounds }, (_, n) => n + 2))
    }
  })

  const newest = async (store: EventStore): Promise<FeedPosition> => {
    let after: FeedPosition = FEED_START
    await waitFor(
      async () => {
        for (let page = await store.feed(after, 1_000); page.length > 0; page = await store.feed(after, 1_000)) {
          after = page.at(-1) ?? after
        }
        const [row] = await kernel.rows<{ count: string }>(
          'select count(*) from events where (tx, position) > ($1::xid8, $2)',
          [String(after.tx), String(after.position)],
        )
        return row?.count === '0'
      },
      { what: 'the end of the feed' },
    )
    return after
  }
})

describe('loading', () => {
  test('answers the initial state and version 0 for a stream that does not exist', async () => {
    expect(await kernel.store().load(account, newId())).toEqual({ state: account.initial, version: 0 })
  })

  test('many at once share a query and see what was committed before they were asked for', async () => {
    const store = kernel.store()
    const ids = Array.from({ length: 30 }, newId)
    await Promise.all(ids.map((id, n) => open(store, id, n + 1)))
    const [loaded] = await Promise.all([
      Promise.all(ids.map((id) => store.load(account, id))),
      expect(store.load(account, 'nul \0')).resolves.toMatchObject({ version: 0 }),
    ])
    expect(loaded.map(({ state }) => state.balance)).toEqual(ids.map((_, n) => n + 1))
  })

  test('says so when events of a stream are missing', async () => {
    const store = kernel.store({ cacheSize: 0 })
    const id = newId()
    await open(store, id, 5)
    await kernel.pool.query('delete from events where stream = $1 and version = 1', [`account-${id}`])
    const sound = newId()
    await open(store, sound)
    const [broken, whole] = await Promise.allSettled([store.load(account, id), store.load(account, sound)])
    expect(broken).toMatchObject({ reason: { code: 'CORRUPT_STREAM' } })
    expect(whole).toMatchObject({ value: { version: 1 } })
  })

  const step = fc.oneof(
    fc.record({ type: fc.constant('Deposit' as const), data: fc.record({ amount: fc.integer({ min: 1, max: 100 }) }) }),
    fc.record({
      type: fc.constant('Withdraw' as const),
      data: fc.record({ amount: fc.integer({ min: 1, max: 100 }) }),
    }),
  )

  test('from a snapshot gives the state that all events give', async () => {
    const [writer, reader] = [kernel.store(), kernel.store()]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 15 }), { maxLength: 6 }), async (batches) => {
        const id = newId()
        for (const batch of [[{ type: 'Open' as const, data: { owner: 'Ann' } }], ...batches]) {
          await writer.transact((unit) => batch.map((command) => unit.execute(savings, id, command)), {
            correlationId: id,
          })
        }
        const { state, version } = await reader.load(savings, id)
        const events = await reader.readStream(`savings-${id}`)
        let expected = savings.initial
        for (const event of events) {
          const apply = savings.evolve[event.type as 'Deposited']
          expected = apply(expected, event.data as never, event)
        }
        expect({ state, version }).toEqual({ state: expected, version: events.length })
        const snapshots = await kernel.rows<{ version: number }>('select version from snapshots where stream = $1', [
          `savings-${id}`,
        ])
        expect(snapshots.length).toBe(events.length >= 10 ? 1 : 0)
      }),
      { numRuns: 25 },
    )
  })

  test('ignores a snapshot of another revision of the state', async () => {
    const id = newId()
    await kernel.store().transact(
      (unit) => {
        unit.execute(savings, id, { type: 'Open', data: { owner: 'Ann' } })
        for (let n = 0; n < 12; n += 1) unit.execute(savings, id, { type: 'Deposit', data: { amount: 1 } })
      },
      { correlationId: id },
    )
    await kernel.pool.query(
      `update snapshots set state = '{"open":true,"balance":-1,"movements":0}' where stream = $1`,
      [`savings-${id}`],
    )
    expect((await kernel.store().load(savings, id)).state.balance).toBe(-1)
    const revised = defineAggregate({ ...savings, snapshotRevision: 2 })
    expect((await kernel.store({ aggregates: [revised] }).load(revised, id)).state.balance).toBe(12)
  })
})

describe('read models', () => {
  test('are written in the transaction of the events, with the newest state of each stream', async () => {
    await kernel.pool.query(
      'create table balances (id text primary key, balance bigint not null, version int not null)',
    )
    const store = kernel.store()
    store.addProjection({
      name: 'balances',
      aggregates: ['account'],
      project: (changes) => [
        {
          text: `insert into balances select * from unnest($1::text[], $2::bigint[], $3::int[])
                 on conflict (id) do update set balance = excluded.balance, version = excluded.version`,
          values: [
            changes.map(({ id }) => id),
            changes.map(({ state }) => (state as { balance: number }).balance),
            changes.map(({ version }) => version),
          ],
        },
      ],
    })
    const seen: unknown[] = []
    store.onCommitted((changes) => seen.push(...changes.map(({ id, version, events }) => [id, version, events.length])))
    const id = newId()
    await open(store, id, 5)
    await execute(store, id, { type: 'Deposit', data: { amount: 2 } })
    expect(await kernel.rows('select balance::int, version from balances where id = $1', [id])).toEqual([
      { balance: 7, version: 3 },
    ])
    expect(seen).toEqual([
      [id, 2, 2],
      [id, 3, 1],
    ])
    expect(() => store.addProjection({ name: 'balances', project: () => [] })).toThrow('already')
  })

  test('that throw fail only the message that they cannot show', async () => {
    const store = kernel.store({
      projections: [
        {
          name: 'picky',
          project: (changes) => {
            if (changes.some(({ state }) => (state as { balance: number }).balance === 13)) throw new Error('unlucky')
            return []
          },
        },
      ],
    })
    const ids = Array.from({ length: 5 }, newId)
    for (const id of ids) await open(store, id)
    const inbox = createInbox({
      store,
      consumer: 'tests',
      handlers: {
        Deposit: ({ key, data }, unit) =>
          unit.execute(account, key ?? '', { type: 'Deposit', data: data as { amount: number } }),
      },
    })
    const messages = ids.map((id, n) => message('Deposit', id, { amount: 11 + n }))
    const report = await inbox.handle(messages)
    expect(report).toMatchObject({ handled: 4, failed: [{ message: messages[2] }] })
    expect((await store.load(account, ids[2] as string)).state.balance).toBe(0)
  })
})
