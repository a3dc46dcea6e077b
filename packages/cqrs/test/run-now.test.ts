import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { EventStore } from '../src/index.ts'
import {
  createCommandBus,
  createDeadlines,
  createOutboundCalls,
  defineAggregate,
  defineSaga,
  reject,
  send,
} from '../src/index.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'
import { inboxOf } from './transfer.ts'

const kernel = await testKernel()
const HOUR_MS = 3_600_000

interface Booking {
  readonly status: 'none' | 'asked' | 'confirmed' | 'lapsed'
  readonly until: string
  readonly answers: number
}
interface Commands {
  Ask: { readonly until: string }
  Confirm: object
  Lapse: object
}
interface Events {
  Asked: { readonly until: string }
  Confirmed: object
  Lapsed: object
}

/** Asks the hotel, and lapses when nobody has answered in time. One that is confirmed lapses later, and not before it is paid. */
const booking = defineAggregate<Booking, Commands, Events>({
  name: 'booking',
  initial: { status: 'none', until: '', answers: 0 },
  decide: {
    Ask: (data) => [{ type: 'Asked', data }],
    Confirm: () => [{ type: 'Confirmed', data: {} }],
    Lapse: (_, { status }) =>
      status === 'asked' ? [{ type: 'Lapsed', data: {} }] : reject('CONFIRMED', 'a confirmed booking does not lapse'),
  },
  evolve: {
    Asked: (state, { until }) => ({ ...state, status: 'asked', until }),
    Confirmed: (state) => ({ ...state, status: 'confirmed', answers: state.answers + 1 }),
    Lapsed: (state) => ({ ...state, status: 'lapsed', until: '' }),
  },
  deadlines: ({ until }) => (until === '' ? {} : { Lapse: { at: until, data: {} } }),
})

const ask = (store: EventStore, id: string, until: string) =>
  createCommandBus({ store }).execute(booking, id, { type: 'Ask', data: { until } }, { correlationId: id })

describe('a call that waits for its next attempt', () => {
  let names = 0
  /** A process whose hotel does not answer before `open` says so; processes of one name share their calls. */
  const start = async (hotel: { open: boolean }, name = `hotel ${++names}`) => {
    const store = kernel.store({ aggregates: [booking] })
    const keys: string[] = []
    const calls = createOutboundCalls<object>({
      store,
      bus: createCommandBus({ store }),
      name,
      intents: { Asked: ({ stream }) => ({ key: `ask ${stream}`, request: {} }) },
      perform: async ({ key, attempt }) => {
        keys.push(`${key} ${attempt}`)
        if (!hotel.open) throw new Error('nobody answers')
        return send(booking, key.slice('ask booking-'.length), { type: 'Confirm', data: {} })
      },
      retry: { initialDelayMs: HOUR_MS, maxDelayMs: HOUR_MS },
      leaseMs: 60_000,
    })
    onTestFinished(() => calls.stop())
    await calls.start()
    return { store, calls, keys, name }
  }
  const failedOnce = async () => {
    const hotel = { open: false }
    const process = await start(hotel)
    const id = newId()
    await ask(process.store, id, '')
    const key = `ask booking-${id}`
    const recorded = async () =>
      (await kernel.rows('select from outbound_calls where key = $1 and attempts = 1', [key])).length === 1
    await waitFor(recorded, { what: 'a failed attempt' })
    return { ...process, hotel, id, key }
  }
  const confirmed = (store: EventStore, id: string) =>
    waitFor(async () => (await store.load(booking, id)).state.status === 'confirmed', { what: `${id} confirmed` })

  test('is made at once when somebody wants that, with the same key, and its answer counts once', async () => {
    const { store, calls, keys, hotel, id, key } = await failedOnce()
    hotel.open = true

    expect(await calls.runNow(key)).toEqual({ status: 'started', attempt: 2 })

    await confirmed(store, id)
    expect(keys).toEqual([`${key} 1`, `${key} 2`])
    await waitFor(async () => (await calls.runNow(key)).status === 'unknown', { what: 'the end of the call' })
    expect((await store.load(booking, id)).state.answers).toBe(1)
  })

  test('is made by the process that holds it, whichever process was asked', async () => {
    const { store, keys, hotel, id, key, name } = await failedOnce()
    const other = await start(hotel, name)
    hotel.open = true

    expect(await other.calls.runNow(key)).toEqual({ status: 'started', attempt: 2 })

    await confirmed(store, id)
    expect(keys).toEqual([`${key} 1`, `${key} 2`])
    expect(other.keys).toEqual([])
  })

  test('waits again when it fails again', async () => {
    const { calls, keys, key } = await failedOnce()

    await calls.runNow(key)

    await waitFor(async () => (await calls.runNow(key)).status === 'started', { what: 'another wait' })
    expect(keys.slice(0, 2)).toEqual([`${key} 1`, `${key} 2`])
  })

  test('is left alone while it is being made, and one that nobody knows is not made', async () => {
    const store = kernel.store({ aggregates: [booking] })
    const { promise: answer, resolve } = Promise.withResolvers<void>()
    let made = 0
    const calls = createOutboundCalls<object>({
      store,
      bus: createCommandBus({ store }),
      name: 'a slow hotel',
      intents: { Asked: ({ stream }) => ({ key: stream, request: {} }) },
      perform: async ({ key }) => {
        made += 1
        await answer
        return send(booking, key.slice('booking-'.length), { type: 'Confirm', data: {} })
      },
    })
    onTestFinished(() => calls.stop())
    onTestFinished(() => resolve())
    await calls.start()
    const id = newId()
    await ask(store, id, '')
    await waitFor(() => made === 1, { what: 'the call' })

    expect(await calls.runNow(`booking-${id}`)).toEqual({ status: 'under-way', attempt: 1 })
    expect(await calls.runNow('booking-nobody')).toEqual({ status: 'unknown' })
    expect(made).toBe(1)
  })
})

describe('a deadline that is not due', () => {
  const clock = movableClock()
  const store = kernel.store({ aggregates: [booking], clock: clock.now })
  const deadlines = createDeadlines({ store })
  const key = (id: string) => ({ scope: 'aggregate:booking', id, name: 'Lapse' })

  test('takes effect now when somebody wants that, once', async () => {
    const id = newId()
    await ask(store, id, clock.in(HOUR_MS))

    expect(await deadlines.runNow(key(id))).toEqual({ status: 'fired' })

    expect((await store.readStream(`booking-${id}`)).map(({ type }) => type)).toEqual(['Asked', 'Lapsed'])
    expect(await deadlines.runNow(key(id))).toEqual({ status: 'unknown' })
    clock.move(HOUR_MS)
    expect(await deadlines.fireDue()).toBe(0)
  })

  test('stays where it is when the aggregate refuses it before its time', async () => {
    const id = newId()
    await ask(store, id, clock.in(HOUR_MS))
    await createCommandBus({ store }).execute(booking, id, { type: 'Confirm', data: {} }, { correlationId: id })

    expect(await deadlines.runNow(key(id))).toMatchObject({ status: 'rejected', rejection: { rejected: 'CONFIRMED' } })

    expect(await kernel.rows('select due_at, claimed_until from deadlines where id = $1', [id])).toEqual([
      { due_at: new Date(clock.in(HOUR_MS)), claimed_until: null },
    ])
  })

  test('is left to who is at it', async () => {
    const id = newId()
    await ask(store, id, clock.in(HOUR_MS))
    await kernel.rows('update deadlines set claimed_until = $2 where id = $1', [id, clock.in(5_000)])

    expect(await deadlines.runNow(key(id))).toEqual({ status: 'under-way' })

    expect(await store.readStream(`booking-${id}`)).toHaveLength(1)
  })

  test('that has failed does not wait for its next attempt', async () => {
    const id = newId()
    await ask(store, id, clock.in(HOUR_MS))
    await kernel.rows('update deadlines set claimed_until = $2, attempts = 3 where id = $1', [id, clock.in(5_000)])

    expect(await deadlines.runNow(key(id))).toEqual({ status: 'fired' })
  })

  test('is the time at which it would have been due, to its saga', async () => {
    const patience = defineSaga<{ until: string; gaveUp: boolean }, { Begun: { id: string } }, { look: object }>({
      name: 'patience',
      initial: { until: '', gaveUp: false },
      on: {
        Begun: {
          id: ({ id }) => id,
          starts: true,
          handle: (state, _, { now }) => ({
            state: { ...state, until: new Date(Date.parse(now) + HOUR_MS).toISOString() },
            schedule: { look: { afterMs: HOUR_MS } },
          }),
        },
      },
      deadlines: {
        look: (state, _, { now }) => (now < state.until ? {} : { state: { ...state, gaveUp: true } }),
      },
    })
    const withSaga = kernel.store({ sagas: [patience], clock: clock.now })
    const id = newId()
    await inboxOf(withSaga).handle([message('Begun', null, { id })])

    const run = await createDeadlines({ store: withSaga }).runNow({ scope: 'saga:patience', id, name: 'look' })

    expect(run).toEqual({ status: 'fired' })
    expect(await withSaga.saga(patience, id)).toMatchObject({ state: { gaveUp: true }, deadlines: [] })
  })
})
