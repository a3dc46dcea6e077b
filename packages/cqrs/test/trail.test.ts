import { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import type { AttemptNote, CommandOf, EventStore, InboxMessage } from '../src/index.ts'
import {
  createAttemptNotes,
  createCommandBus,
  createInbox,
  createOutboundCalls,
  createPublisher,
  readEarlierEvents,
  readEvents,
  readHandlings,
  readTrail,
  send,
} from '../src/index.ts'
import { silentLogger } from '../src/logger.ts'
import { account, savings } from './bank.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'
import { transfer } from './transfer.ts'

const kernel = await testKernel()

const published = Date.parse('2026-01-31T12:00:00.120Z')

const opening = (id: string, source: Partial<InboxMessage['source']> = {}): InboxMessage => {
  const opened = message('Open', id)
  return { ...opened, source: { ...opened.source, timestamp: BigInt(published), ...source } }
}

const inboxOf = (store: EventStore, consumer = 'tests') =>
  createInbox({
    store,
    consumer,
    handlers: {
      Open: ({ key }, unit) => unit.execute(account, key ?? '', { type: 'Open', data: { owner: 'Ann' } }),
      Ping: () => {},
    },
  })

const note = (id: string, more: Partial<AttemptNote> = {}): AttemptNote => ({
  messageId: id,
  consumer: 'tests',
  outcome: 'failed',
  type: 'Open',
  key: null,
  source: { topic: 'bank', partition: 0, offset: 7n },
  attempt: 1,
  at: '2026-01-31T12:00:01.000Z',
  error: { code: 'HANDLER_FAILED', message: 'the handler is broken' },
  nextAttemptAt: '2026-01-31T12:00:01.200Z',
  ...more,
})

describe('the trail of a case', () => {
  test('lacks the time of a message whose producer gave a number that is none; it is handled all the same, and so are those beside it', async () => {
    const store = kernel.store()
    const ids = [newId(), newId()] as const
    const timeless = opening(ids[0], { timestamp: 9_223_372_036_854_775_807n })
    const other = opening(ids[1], { offset: 8n })

    expect(await inboxOf(store).handle([timeless, other])).toMatchObject({ handled: 2, failed: [] })

    const { handled } = await readTrail(kernel.pool, { correlationIds: [], messageIds: [timeless.id, other.id] })
    expect(new Map(handled.map(({ messageId, publishedAt }) => [messageId, publishedAt]))).toEqual(
      new Map([
        [timeless.id, null],
        [other.id, '2026-01-31T12:00:00.120Z'],
      ]),
    )
  })

  test('has its events and what was handled, with the place and the times of each message', async () => {
    const clock = movableClock('2026-01-31T12:00:00.500Z')
    const store = kernel.store({ clock: clock.now })
    const id = newId()
    const opened = opening(id, { topic: 'accounts', partition: 3, offset: 9_007_199_254_740_993n })
    await inboxOf(store).handle([opened])
    const trail = await readTrail(kernel.pool, { correlationIds: [id] })
    expect(trail).toMatchObject({ events: await store.readStream(`account-${id}`), attempts: [], deadlines: [] })
    expect(trail.events).toHaveLength(1)
    expect(trail.handled).toEqual([
      {
        messageId: opened.id,
        consumer: 'tests',
        source: { topic: 'accounts', partition: 3, offset: 9_007_199_254_740_993n },
        publishedAt: '2026-01-31T12:00:00.120Z',
        receivedAt: '2026-01-31T12:00:00.500Z',
        handledAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ])
  })

  test('has messages that caused no event by their ids, each once per consumer', async () => {
    const store = kernel.store()
    const ping = message('Ping', newId())
    await inboxOf(store, 'a').handle([ping])
    await inboxOf(store, 'b').handle([ping])
    const correlationIds = [ping.correlationId]
    expect((await readTrail(kernel.pool, { correlationIds })).handled).toEqual([])
    const { handled } = await readHandlings(kernel.pool, { correlationIds, messageIds: [ping.id] })
    expect(handled.map(({ messageId, consumer, publishedAt }) => [messageId, consumer, publishedAt])).toEqual([
      [ping.id, 'a', null],
      [ping.id, 'b', null],
    ])
  })

  test('knows nothing of where a message of before came from', async () => {
    const id = newId()
    await kernel.rows('insert into inbox (message_id, consumer) values ($1, $2)', [id, 'tests'])
    const { handled } = await readHandlings(kernel.pool, { correlationIds: [], messageIds: [id] })
    expect(handled).toMatchObject([{ messageId: id, source: null, publishedAt: null, receivedAt: null }])
  })

  test('has the events of no other case, in the order of the feed', async () => {
    const store = kernel.store()
    const [one, other] = [newId(), newId()]
    const correlationId = newId()
    for (const [id, owner] of [
      [one, 'Ann'],
      [other, 'Bob'],
    ] as const) {
      await store.transact((unit) => unit.execute(account, id, { type: 'Open', data: { owner } }), { correlationId })
    }
    await store.transact((unit) => unit.execute(account, one, { type: 'Deposit', data: { amount: 1 } }), {
      correlationId: newId(),
    })
    const events = await readEvents(kernel.pool, { correlationIds: [correlationId] })
    expect(events.map(({ stream, type }) => `${type} ${stream}`)).toEqual([
      `Opened account-${one}`,
      `Opened account-${other}`,
    ])
  })

  test('has events in streams of its own id, of every aggregate, and in streams of others', async () => {
    const store = kernel.store()
    const [id, other] = [newId(), newId()]
    const open = { type: 'Open', data: { owner: 'Ann' } } as const
    await store.transact(
      (unit) => {
        unit.execute(savings, id, open)
        unit.execute(account, other, open)
        unit.execute(account, id, open)
      },
      { correlationId: id },
    )
    // Of another case, though in the stream of this id.
    await store.transact((unit) => unit.execute(account, id, { type: 'Deposit', data: { amount: 1 } }), {
      correlationId: other,
    })
    const streamsOf = async (...correlationIds: string[]) =>
      (await readEvents(kernel.pool, { correlationIds })).map(({ stream, version }) => `${stream} ${version}`)
    expect(await streamsOf(id)).toEqual([`savings-${id} 1`, `account-${other} 1`, `account-${id} 1`])
    expect(await streamsOf(other)).toEqual([`account-${id} 2`])
    expect(await streamsOf(id, other)).toHaveLength(4)
  })

  test('has its saga, and the deadline that it waits for', async () => {
    const clock = movableClock('2026-01-31T12:00:00.000Z')
    const store = kernel.store({ sagas: [transfer], clock: clock.now })
    const [from, transferId] = [newId(), newId()]
    const bus = createCommandBus({ store })
    await bus.execute(account, from, { type: 'Open', data: { owner: 'Ann' } }, { correlationId: from })
    await bus.execute(account, from, { type: 'Deposit', data: { amount: 50 } }, { correlationId: from })
    const request = { transferId, from, to: newId(), amount: 30, elsewhere: { bank: 'north', reference: 'r1' } }
    await createInbox({ store, consumer: 'tests', handlers: {} }).handle([
      message('TransferRequested', transferId, request),
    ])
    const { sagas, deadlines } = await readTrail(kernel.pool, { correlationIds: [transferId] })
    expect(sagas).toMatchObject([
      { saga: 'transfer', id: transferId, state: { status: 'sent', amount: 30 }, endedAt: null },
    ])
    expect(deadlines).toMatchObject([
      { scope: 'saga:transfer', id: transferId, name: 'reminder', dueAt: '2026-01-31T12:30:00.000Z', attempts: 0 },
      { scope: 'saga:transfer', id: transferId, name: 'overdue', dueAt: '2026-01-31T13:00:00.000Z', lastError: null },
    ])
  })

  test('has the calls that wait for an answer, and how far its store has published', async () => {
    const store = kernel.store()
    const bus = createCommandBus({ store })
    createOutboundCalls({
      store,
      bus,
      name: 'letters',
      intents: { Opened: ({ stream }) => ({ key: `welcome-${stream}`, request: {} }) },
      perform: async () => send(account, 'nobody', { type: 'Deposit', data: { amount: 1 } }),
    })
    const id = newId()
    await bus.execute(account, id, { type: 'Open', data: { owner: 'Ann' } }, { correlationId: id })
    const publisher = createPublisher({ store, name: 'trail', map: () => null, send: async () => {} })
    publisher.start()
    await expect.poll(async () => (await publisher.lag()).events).toBe(0)
    await publisher.stop()
    const { outboundCalls, published: places, events } = await readTrail(kernel.pool, { correlationIds: [id] })
    expect(outboundCalls).toMatchObject([
      { name: 'letters', key: `welcome-account-${id}`, attempts: 0, lastError: null },
    ])
    const [{ tx, position } = { tx: 0n, position: 0n }] = events
    expect(places.trail).toEqual({ tx, position })
  })

  test('is read by indexes, however much there is of others, and the connection stays as it was', async () => {
    const store = kernel.store()
    const pool = new Pool({ connectionString: kernel.url, max: 1 })
    const inbox = inboxOf(store)
    await inbox.handle(Array.from({ length: 500 }, () => opening(newId())))
    const mine = opening(newId())
    await inbox.handle([mine])
    const rowsRead = async () => {
      await pool.query('select pg_stat_force_next_flush()')
      const { rows } = await pool.query<{ rows: number }>(
        `select sum(seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_user_tables where relname <> 'publications'`,
      )
      return rows[0]?.rows ?? 0
    }
    // Statements are prepared by the first.
    await readTrail(pool, { correlationIds: ['nobody'], messageIds: ['nothing'] })
    const before = await rowsRead()
    const trail = await readTrail(pool, { correlationIds: [mine.correlationId], messageIds: [mine.id] })
    expect([trail.events.length, trail.handled.length]).toEqual([1, 1])
    expect((await rowsRead()) - before).toBeLessThan(20)
    const { rows } = await pool.query(
      `select name from pg_settings where name in ('transaction_read_only', 'enable_seqscan', 'statement_timeout') and source = 'session'`,
    )
    expect(rows).toEqual([])
    await pool.end()
  })
})

describe('earlier events of the streams of a case', () => {
  test('are those before its own; of streams that are too long none', async () => {
    const store = kernel.store()
    const id = newId()
    const correlationId = newId()
    const run = (command: CommandOf<typeof account>, of: string) =>
      store.transact((unit) => unit.execute(account, id, command), { correlationId: of })
    const deposit = { type: 'Deposit', data: { amount: 1 } } as const
    await run({ type: 'Open', data: { owner: 'Ann' } }, id)
    await run(deposit, id)
    await run(deposit, correlationId)
    const events = await readEvents(kernel.pool, { correlationIds: [correlationId] })
    expect(events.map(({ version }) => version)).toEqual([3])
    expect((await readEarlierEvents(kernel.pool, events)).map(({ version }) => version)).toEqual([1, 2])
    expect(await readEarlierEvents(kernel.pool, events, 1)).toEqual([])
  })
})

describe('an attempt without effect', () => {
  const find = async (messageIds: readonly string[], keys: readonly string[] = []) =>
    (await readHandlings(kernel.pool, { correlationIds: keys, messageIds })).attempts

  test('is noted as it was, and found by its message', async () => {
    const notes = createAttemptNotes({ store: kernel.store() })
    const id = newId()
    const [failed, dead] = [
      note(id),
      note(id, { outcome: 'dead', attempt: 2, nextAttemptAt: null, at: '2026-01-31T12:00:02.000Z' }),
    ]
    notes.add([failed])
    notes.add([dead])
    await notes.settled()
    expect(await find([id])).toEqual([failed, dead])
  })

  test('is found by its key, as nobody knows the id of what cannot be decoded', async () => {
    const notes = createAttemptNotes({ store: kernel.store() })
    const key = newId()
    const broken = note('bank-0-7', { outcome: 'undecodable', type: null, key })
    notes.add([broken])
    await notes.settled()
    expect(await find([], [key])).toEqual([broken])
  })

  test('may quote what PostgreSQL cannot store', async () => {
    const notes = createAttemptNotes({ store: kernel.store() })
    const id = newId()
    notes.add([note(id, { error: { code: 'X', message: `nul \0 and half of a pair \ud800 ${'x'.repeat(2_000)}` } })])
    await notes.settled()
    const [found] = await find([id])
    expect(found?.error?.message).toMatch(/^nul \ufffd and half of a pair \ufffd x+$/)
    expect(found?.error?.message).toHaveLength(1_000)
  })

  test('that cannot be noted is lost, and nobody who handles messages notices', async () => {
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (_: object, text?: string) => void warnings.push(text ?? '') }
    const store = kernel.store()
    const notes = createAttemptNotes({ store, logger })
    notes.add([note(newId(), { at: 'never' })])
    await notes.settled()
    expect(warnings).toEqual(['Attempts were not noted; the timelines of their messages lack them'])
    const id = newId()
    notes.add([note(id)])
    await notes.settled()
    expect(await find([id])).toHaveLength(1)
  })

  test('that is one of endless duplicates is noted only so often', async () => {
    const notes = createAttemptNotes({ store: kernel.store() })
    const key = newId()
    const duplicates = Array.from({ length: 1_200 }, () => note(newId(), { outcome: 'duplicate', error: null, key }))
    notes.add(duplicates)
    await notes.settled()
    notes.add([note(newId(), { key })])
    await notes.settled()
    const found = await find([], [key])
    expect(found.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(1_000)
    expect(found.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1)
  })

  test('is forgotten after the retention', async () => {
    const clock = movableClock('2026-01-31T12:00:02.000Z')
    const store = kernel.store({ clock: clock.now, retentionMs: 60_000 })
    const notes = createAttemptNotes({ store })
    const id = newId()
    notes.add([note(id)])
    await notes.settled()
    await store.forgetOld()
    expect(await find([id])).toHaveLength(1)
    clock.move(60_000)
    await store.forgetOld()
    expect(await find([id])).toEqual([])
  })
})
