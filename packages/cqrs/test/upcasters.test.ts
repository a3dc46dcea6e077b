import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import type { CommandOf, EventStore, OutgoingRecord, StoredEvent } from '../src/index.ts'
import {
  createCommandBus,
  createEventStore,
  createInbox,
  createPublisher,
  defineAggregate,
  drop,
  FEED_START,
  migrations,
  rename,
  upcast,
} from '../src/index.ts'
import { goldenSamples } from '../src/testing/index.ts'
import { message, newId, testKernel } from './kernel.ts'
import { ledger, oldLedger } from './ledger.ts'

const kernel = await testKernel()
/** Two programs publish from it, so it holds only what both know of. */
const rolling = await testKernel()

const pay = (amount: number): CommandOf<typeof oldLedger> => ({ type: 'Pay', data: { amount } })
const note: CommandOf<typeof oldLedger> = { type: 'Note', data: { text: 'hello' } }
const move: CommandOf<typeof oldLedger> = { type: 'Move', data: { amount: 7, fee: 1 } }
const deposit: CommandOf<typeof ledger> = { type: 'Deposit', data: { cents: 1 } }

/** What the program of years ago stored: a transaction for each command. */
async function storedLongAgo(id: string, ...commands: readonly CommandOf<typeof oldLedger>[]): Promise<void> {
  const store = kernel.store({ aggregates: [oldLedger] })
  for (const command of commands) {
    await store.transact((unit) => unit.execute(oldLedger, id, command), { correlationId: id })
  }
}

/** Reads the feed page by page, until it has shown the last event of the aggregate; open transactions of others may hold it back for a while. */
async function feedOf(id: string, last: number, limit: number): Promise<readonly StoredEvent[]> {
  const store = today()
  const seen: StoredEvent[] = []
  let after = FEED_START
  await waitFor(
    async () => {
      const page = await store.feed(after, limit)
      seen.push(...page.filter(({ stream }) => stream === `ledger-${id}`))
      after = page.at(-1) ?? after
      return seen.at(-1)?.version === last && page.length === 0
    },
    { what: `version ${last} in the feed` },
  )
  return seen
}

const today = () => kernel.store({ aggregates: [ledger] })
const formsOf = (events: readonly StoredEvent[]) =>
  events.map(({ version, type, revision, data }) => ({ version, type, revision, data }))
const rowsOf = (id: string) =>
  kernel.rows('select version, type, revision, data from events where stream = $1 order by version', [`ledger-${id}`])

const FORMS = [
  { version: 1, type: 'Deposited', revision: 3, data: { cents: 500, currency: 'EUR' } },
  { version: 3, type: 'Deposited', revision: 3, data: { cents: 700, currency: 'EUR' } },
  { version: 3, type: 'Charged', revision: 1, data: { cents: 100 } },
]

describe('events of older forms', () => {
  test('lead to the state of today, whatever became of them, and the stream goes on after the last one', async () => {
    const id = newId()
    await storedLongAgo(id, pay(5), note, move, note)
    const before = await rowsOf(id)
    expect(await today().load(ledger, id)).toEqual({
      version: 4,
      state: { cents: 1100, lines: ['1: +500 EUR', '3: +700 EUR', '3: -100'] },
    })
    const bus = createCommandBus({ store: today() })
    expect(await bus.execute(ledger, id, deposit, { correlationId: id, expectedVersion: 4 })).toMatchObject({
      version: 5,
      state: { cents: 1101 },
      events: [{ version: 5, revision: 3 }],
    })
    const written = { version: 5, type: 'Deposited', revision: 3, data: { cents: 1, currency: 'EUR' } }
    expect(await rowsOf(id)).toEqual([...before, written])
  })

  test('are read from a stream and from the feed as events of today, each with an id of its own that stays', async () => {
    const id = newId()
    await storedLongAgo(id, pay(5), note, move)
    const stream = await today().readStream(`ledger-${id}`)
    const feed = await feedOf(id, 3, 1_000)
    expect(formsOf(stream)).toEqual(FORMS)
    expect(feed).toEqual(stream)
    expect(new Set(stream.map((event) => event.id)).size).toBe(3)
    const ids = await kernel.rows<{ id: string }>(`select id from events where stream = $1 and type <> 'Noted'`, [
      `ledger-${id}`,
    ])
    expect(stream.filter(({ type }) => type !== 'Charged').map((event) => event.id)).toEqual(ids.map((row) => row.id))
  })

  test('are published as events of today; pages of which nothing is left hold nobody up', async () => {
    const id = newId()
    await storedLongAgo(
      id,
      pay(5),
      ...Array.from({ length: 9 }, () => note),
      move,
      ...Array.from({ length: 9 }, () => note),
    )
    const sent: OutgoingRecord[] = []
    const publisher = createPublisher({
      store: today(),
      name: 'ledgers',
      batchSize: 3,
      map: (event) =>
        event.stream === `ledger-${id}` ? { topic: 'l', key: id, value: event.data as object, event } : null,
      send: async (records) => void sent.push(...records),
    })
    onTestFinished(() => publisher.stop())
    publisher.start()
    await waitFor(() => sent.length === 3, { what: 'the three events of today' })
    expect(sent.map(({ value }) => value)).toEqual(FORMS.map(({ data }) => data))
    await createCommandBus({ store: today() }).execute(ledger, id, deposit, { correlationId: id })
    await waitFor(() => sent.length === 4, { what: 'the next event' })
    expect(sent.at(-1)?.value).toEqual({ cents: 1, currency: 'EUR' })
  })

  test('of which nothing is left do not look like the end of the feed', async () => {
    const id = newId()
    await storedLongAgo(id, ...Array.from({ length: 5 }, () => note), pay(1))
    expect((await feedOf(id, 6, 2)).map(({ version }) => version)).toEqual([6])
  })

  test('are the first result again when a command of long ago is repeated', async () => {
    const id = newId()
    await storedLongAgo(id, pay(5))
    const meta = { correlationId: id, idempotency: { key: newId(), fingerprint: 'move' } }
    const longAgo = createCommandBus({ store: kernel.store({ aggregates: [oldLedger] }) })
    await longAgo.execute(oldLedger, id, move, meta)
    await storedLongAgo(id, pay(100))
    const result = await createCommandBus({ store: today() }).execute(ledger, id, deposit, meta)
    expect(result).toMatchObject({ status: 'accepted', replayed: true, version: 2, state: { cents: 1100 } })
    expect(result.status === 'accepted' && result.events.map(({ type, version }) => `${version} ${type}`)).toEqual([
      '2 Deposited',
      '2 Charged',
    ])
  })

  test('after a snapshot are folded on it', async () => {
    const id = newId()
    const snapshotted = defineAggregate({ ...ledger, snapshotEvery: 3 })
    await storedLongAgo(id, pay(1), pay(2))
    const store = kernel.store({ aggregates: [snapshotted] })
    await store.transact((unit) => unit.execute(snapshotted, id, deposit), { correlationId: id })
    // Were the first event folded again, its new amount would show.
    await kernel.pool.query(`update events set data = '{"amount": 9}' where stream = $1 and version = 1`, [
      `ledger-${id}`,
    ])
    await kernel.pool.query(
      `insert into events (stream, version, id, type, data, correlation_id, occurred_at)
       values ($1, 4, $2, 'Moved', '{"amount": 7, "fee": 1}', 'c', now())`,
      [`ledger-${id}`, newId()],
    )
    expect(await kernel.store({ aggregates: [snapshotted] }).load(snapshotted, id)).toMatchObject({
      version: 4,
      state: { cents: 100 + 200 + 1 + 700 - 100 },
    })
  })
})

describe('an event that cannot be read', () => {
  test('because a newer program wrote it, is refused and stays', async () => {
    const id = newId()
    await today().transact((unit) => unit.execute(ledger, id, deposit), { correlationId: id })
    const behind = defineAggregate({
      ...ledger,
      revisions: { Deposited: 2 },
      upcasters: [upcast('Deposited', 1, ({ amount }: { amount: number }) => ({ cents: amount * 100 }))],
    })
    const store = kernel.store({ aggregates: [behind] })
    const newer = {
      code: 'UNKNOWN_EVENT',
      message: expect.stringMatching(/'Deposited' \(version 1\) has revision 3; this program knows revisions up to 2/),
    }
    await expect(store.load(behind, id)).rejects.toMatchObject(newer)
    await expect(store.readStream(`ledger-${id}`)).rejects.toMatchObject(newer)
    expect(await rowsOf(id)).toHaveLength(1)
  })

  test('because only a newer program knows its type, is not passed over by a publisher', async () => {
    const { Noted: _, ...evolve } = oldLedger.evolve
    const behind = { ...oldLedger, evolve }
    const newer = rolling.store({ aggregates: [oldLedger] })
    for (const command of [pay(1), note]) {
      await newer.transact((unit) => unit.execute(oldLedger, '1', command), { correlationId: 'c' })
    }
    const sent: string[] = []
    const publish = (store: EventStore) => {
      const publisher = createPublisher({
        store,
        name: 'rolling deployment',
        batchSize: 1,
        pollIntervalMs: 20,
        map: (event) => ({ topic: 'l', key: '1', value: {}, event }),
        send: async (records) => void sent.push(...records.map(({ event }) => event.type)),
      })
      onTestFinished(() => publisher.stop())
      publisher.start()
      return publisher
    }
    const old = publish(rolling.store({ aggregates: [behind] }))
    await waitFor(() => old.lastError !== undefined, { what: 'a publisher that waits' })
    expect(old.lastError?.message).toMatch(/no evolve function for its event/)
    expect(sent).toEqual(['Paid'])
    await old.stop()
    publish(newer)
    await waitFor(() => sent.at(-1) === 'Noted', { what: 'the newer publisher' })
  })

  test('because an upcaster throws, fails only the messages for its stream', async () => {
    const [bad, good] = [newId(), newId()]
    await storedLongAgo(bad, pay(-1))
    await storedLongAgo(good, pay(1))
    const picky = defineAggregate({
      ...ledger,
      revisions: { Deposited: 2 },
      upcasters: [
        rename('Paid', 'Deposited'),
        upcast('Deposited', 1, ({ amount }: { amount: number }) => {
          if (amount < 0) throw new Error('no such amount')
          return { cents: amount * 100, currency: 'EUR' }
        }),
      ],
    })
    const inbox = createInbox({
      store: kernel.store({ aggregates: [picky] }),
      consumer: 'picky',
      handlers: { Came: ({ key }, unit) => unit.execute(picky, key ?? '', deposit) },
    })
    const report = await inbox.handle([message('Came', bad), message('Came', good)])
    expect(report).toMatchObject({ handled: 1, failed: [{ message: { key: bad }, error: { code: 'HANDLER_FAILED' } }] })
    expect(report.failed[0]?.error.message).toBe(
      "The upcaster of ledger's Deposited (revision 1) threw at version 1 of its stream: no such amount",
    )
  })
})

test('a database that has events already takes the migrations that came later', async () => {
  const database = await createTestDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const [first, ...later] = migrations
  await client.query(first?.up ?? '')
  await client.query(`
    insert into events (stream, version, id, type, data, correlation_id, occurred_at)
    values ('ledger-1', 1, gen_random_uuid(), 'Paid', '{"amount": 5}', 'c', now())`)
  for (const { up } of later) await client.query(up)
  await client.end()
  const pool = new Pool({ connectionString: database.url })
  const store = createEventStore({ pool, aggregates: [ledger] })
  onTestFinished(async () => {
    await store.close()
    await pool.end()
    await database.drop()
  })
  expect((await store.load(ledger, '1')).state.cents).toBe(500)
})

describe('golden samples', () => {
  const directory = new URL('./samples/ledger/', import.meta.url)

  test('of every form that an event ever had are read as the events of today', () => {
    expect(goldenSamples(ledger, directory).map(({ file, events }) => [file, events.map(({ data }) => data)])).toEqual([
      ['Deposited.v1.json', [{ cents: 500, currency: 'EUR' }]],
      ['Deposited.v2.json', [{ cents: 500, currency: 'EUR' }]],
      ['Deposited.v3.json', [{ cents: 500, currency: 'EUR' }]],
      ['Moved.v1.json', [{ cents: 700, currency: 'EUR' }, { cents: 100 }]],
      ['Noted.v1.json', []],
      ['Paid.v1.json', [{ cents: 500, currency: 'EUR' }]],
    ])
  })

  test.each([
    ['a form has none', 'Moved.v1.json', undefined, /has no sample: Moved 1/],
    ['a revision has none', 'Deposited.v2.json', undefined, /has no sample: Deposited 2/],
    [
      'nothing is known of its type',
      'Forgotten.v1.json',
      '{}',
      /Forgotten.v1.json cannot be read. .* no evolve function for its event 'Forgotten'/,
    ],
    ['a newer program wrote it', 'Deposited.v4.json', '{}', /revision 4; this program knows revisions up to 3/],
    ['its name says nothing', 'Deposited.json', '{}', /Deposited.json is not named '<type>.v<revision>.json'/],
  ])('are refused when %s', async (_name, file, content, expected) => {
    const copy = await mkdtemp(join(tmpdir(), 'golden-samples-'))
    onTestFinished(() => rm(copy, { recursive: true }))
    await cp(fileURLToPath(directory), copy, { recursive: true })
    await (content === undefined ? rm(join(copy, file)) : writeFile(join(copy, file), content))
    expect(() => goldenSamples(ledger, copy)).toThrow(expected)
  })
})

describe('a definition is refused', () => {
  const { revisions: _, upcasters: __, ...rest } = ledger
  const next = (type: string, revision: number) => upcast(type, revision, (data) => data)
  test.each([
    [
      'that skips a revision',
      { revisions: { Deposited: 3 }, upcasters: [next('Deposited', 2)] },
      /no upcaster takes revision 1/,
    ],
    ['with a revision that is no number of one', { revisions: { Deposited: 0 } }, /the revision of 'Deposited' is 0/],
    ['with a revision of nothing', { revisions: { Paid: 2 } }, /revisions names 'Paid'/],
    ['with two ways for one form', { upcasters: [next('Paid', 1), next('Paid', 1)] }, /two upcasters take 'Paid 1'/],
    ['that changes the form of today', { upcasters: [next('Charged', 1)] }, /takes 'Charged 1', but 1 is its revision/],
    [
      'that drops what it still decides',
      { upcasters: [drop('Charged')] },
      /takes every 'Charged', which is still among/,
    ],
    ['that leads nowhere', { upcasters: [rename('Paid', 'Payed')] }, /turns 'Paid' into 'Payed', which is not among/],
  ])('%s', (_name, change, expected) => {
    expect(() => defineAggregate({ ...rest, ...(change as object) })).toThrow(expected)
  })

  test('by the first event that it leads in a circle', () => {
    const circle = defineAggregate({ ...rest, upcasters: [rename('A', 'B'), rename('B', 'A')] })
    expect(() => goldenSamples(circle, new URL('./samples/circle/', import.meta.url))).toThrow(
      /lead . \(revision 1\) in a circle/,
    )
  })
})
