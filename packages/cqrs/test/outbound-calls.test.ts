import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type {
  AddressedCommand,
  CommandBus,
  EventStore,
  EventStoreOptions,
  OutboundCall,
  OutboundCalls,
  OutboundCallsOptions,
} from '../src/index.ts'
import { createCommandBus, createOutboundCalls, defineAggregate, reject, send } from '../src/index.ts'
import { newId, testKernel } from './kernel.ts'
import { silencableWay } from './silencable-way.ts'

const kernel = await testKernel()

interface Payment {
  readonly status: 'none' | 'asked' | 'authorized'
  readonly answers: number
}
interface Commands {
  Ask: { readonly amount: number }
  Authorize: { readonly reference: string }
}
interface Events {
  Asked: { readonly amount: number }
  Authorized: { readonly reference: string }
}

const payment = defineAggregate<Payment, Commands, Events>({
  name: 'payment',
  initial: { status: 'none', answers: 0 },
  decide: {
    Ask: (data) => [{ type: 'Asked', data }],
    Authorize: (data, { status }) =>
      status === 'none' ? reject('NOT_ASKED', 'nobody asked') : [{ type: 'Authorized', data }],
  },
  evolve: {
    Asked: (state) => ({ ...state, status: 'asked' }),
    Authorized: (state) => ({ status: 'authorized', answers: state.answers + 1 }),
  },
})

interface Request {
  readonly paymentId: string
  readonly amount: number
}

interface Process {
  readonly store: EventStore
  readonly bus: CommandBus
  readonly calls: OutboundCalls
  ask(id: string): Promise<unknown>
}

let names = 0

/** One process with a payment gateway; processes of one name share their calls. */
function start(
  perform: (call: OutboundCall<Request>) => Promise<string>,
  name = `gateway ${++names}`,
  options: Partial<OutboundCallsOptions<Request>> = {},
  storeOptions: Partial<EventStoreOptions> = {},
): Process & { readonly name: string } {
  const store = kernel.store({ aggregates: [payment], ...storeOptions })
  const bus = createCommandBus({ store })
  const calls = createOutboundCalls<Request>({
    store,
    bus,
    name,
    intents: {
      Asked: (event) => {
        const paymentId = event.stream.slice('payment-'.length)
        return { key: `pay-${paymentId}`, request: { paymentId, amount: (event.data as Events['Asked']).amount } }
      },
    },
    perform: async (call): Promise<AddressedCommand> =>
      send(payment, call.request.paymentId, { type: 'Authorize', data: { reference: await perform(call) } }),
    retry: { initialDelayMs: 20, maxDelayMs: 100 },
    timeoutMs: 20_000,
    // Nothing here takes so long: what is called again was called again for another reason.
    leaseMs: 60_000,
    ...options,
  })
  onTestFinished(() => calls.stop())
  const ask = (id: string) =>
    bus.execute(payment, id, { type: 'Ask', data: { amount: 7 } }, { correlationId: `order of ${id}` })
  return { store, bus, calls, ask, name }
}

const authorized = (store: EventStore, id: string) =>
  waitFor(async () => (await store.load(payment, id)).state.status === 'authorized', { what: `${id} authorized` })

describe('a call', () => {
  test('is made at once after the commit, and its result is stored with where it came from', async () => {
    const made: OutboundCall<Request>[] = []
    const { store, calls, ask } = start(async (call) => {
      made.push(call)
      return `ref ${call.key}`
    })
    await calls.start()
    const id = newId()
    await ask(id)
    await authorized(store, id)
    expect(made).toMatchObject([{ key: `pay-${id}`, request: { paymentId: id, amount: 7 }, attempt: 1 }])
    const [asked, answer] = await store.readStream(`payment-${id}`)
    expect(answer).toMatchObject({
      type: 'Authorized',
      data: { reference: `ref pay-${id}` },
      metadata: { correlationId: `order of ${id}`, causationId: asked?.id },
    })
    expect(await calls.pending()).toBe(0)
  })

  test('that fails is made again with the same key, and says why in the table', async () => {
    const attempts: string[] = []
    const { store, calls, ask, name } = start(async ({ key, attempt }) => {
      attempts.push(`${key} ${attempt}`)
      if (attempt < 3) throw new Error('gateway is away')
      return 'ref'
    })
    await calls.start()
    const id = newId()
    await ask(id)
    await waitFor(
      async () =>
        (await kernel.rows<{ last_error: string }>('select last_error from outbound_calls where name = $1', [name]))[0]
          ?.last_error === 'gateway is away' || attempts.length === 3,
      { what: 'the error in the table' },
    )
    await authorized(store, id)
    expect(attempts).toEqual([1, 2, 3].map((attempt) => `pay-${id} ${attempt}`))
  })

  test('that waits for an answer is seen, with its age, and each of its failures is told', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<string>()
    const { store, calls, ask } = start(async ({ attempt }) => {
      if (attempt < 3) throw new Error('gateway is away')
      return answer
    })
    let failures = 0
    calls.onFailed(() => {
      failures += 1
    })
    expect(await calls.open()).toEqual({ calls: 0, oldestSeconds: 0 })
    await calls.start()
    const id = newId()
    await ask(id)
    await waitFor(() => failures === 2, { what: 'two failures' })
    const open = await calls.open()
    expect(open.calls).toBe(1)
    expect(open.oldestSeconds).toBeGreaterThan(0)
    resolve('ref')
    await authorized(store, id)
    expect(await calls.open()).toEqual({ calls: 0, oldestSeconds: 0 })
    expect(failures).toBe(2)
  })

  test('that does not answer in time is given up, aborted and made again', async () => {
    const aborted: string[] = []
    const { store, calls, ask } = start(
      ({ attempt, signal }) =>
        attempt > 1
          ? Promise.resolve('late but there')
          : new Promise(() => signal.addEventListener('abort', () => aborted.push(String(signal.reason.message)))),
      undefined,
      { timeoutMs: 50 },
    )
    await calls.start()
    const id = newId()
    await ask(id)
    await authorized(store, id)
    expect(aborted).toEqual(['no answer within 50 ms'])
  })

  test('that is slow does not hold up others, of which only so many are made at a time', async () => {
    let open = 0
    let most = 0
    const slow = newId()
    let release: (value: string) => void = () => {}
    const { store, calls, ask } = start(
      async ({ request }) => {
        most = Math.max(most, ++open)
        try {
          if (request.paymentId !== slow) return await delay(1, 'ref')
          return await new Promise<string>((resolve) => {
            release = resolve
          })
        } finally {
          open -= 1
        }
      },
      undefined,
      { concurrency: 4 },
    )
    await calls.start()
    await ask(slow)
    const ids = Array.from({ length: 60 }, newId)
    await Promise.all(ids.map(ask))
    await Promise.all(ids.map((id) => authorized(store, id)))
    expect(most).toBe(4)
    expect(await calls.pending()).toBe(1)
    release('at last')
    await authorized(store, slow)
  })

  test('whose intent was stored while nothing was started is made after the start', async () => {
    const { store, calls, ask } = start(async () => 'ref')
    const ids = Array.from({ length: 5 }, newId)
    await Promise.all(ids.map(ask))
    expect(await calls.pending()).toBe(5)
    await calls.start()
    await Promise.all(ids.map((id) => authorized(store, id)))
    await waitFor(async () => (await calls.pending()) === 0, { what: 'nothing pending' })
  })
})

describe('a call whose result comes another way', () => {
  const settled = (process: Process, id: string) =>
    process.bus.execute(
      payment,
      id,
      { type: 'Authorize', data: { reference: 'told by a webhook' } },
      { correlationId: id, alongside: (unit) => process.calls.settle(unit, `pay-${id}`) },
    )

  test('is over: its own answer counts no more', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<string>()
    const process = start(() => answer)
    await process.calls.start()
    const id = newId()
    await process.ask(id)
    await settled(process, id)
    expect(await process.calls.pending()).toBe(0)

    resolve('answered')
    await process.calls.stop()
    const { state } = await process.store.load(payment, id)
    expect(state.answers).toBe(1)
  })

  test('is not made again when the attempt under way fails', async () => {
    const attempts: number[] = []
    const { promise: answer, reject: fail } = Promise.withResolvers<string>()
    const process = start(({ attempt }) => {
      attempts.push(attempt)
      return answer
    })
    await process.calls.start()
    const id = newId()
    await process.ask(id)
    await settled(process, id)
    const other = newId()
    let failures = 0
    process.calls.onFailed(() => {
      failures += 1
    })
    fail(new Error('no answer'))
    // The other one is made again and again meanwhile.
    await process.ask(other)
    await waitFor(() => failures >= 6, { what: 'failures of the other call' })
    expect(attempts.filter((attempt) => attempt > 1).length).toBe(attempts.length - 2)
    expect(await process.calls.pending()).toBe(1)
  })

  test('goes on when the command is rejected', async () => {
    const process = start(async () => 'ref')
    const [asked, unasked] = [newId(), newId()]
    await process.ask(asked)
    const result = await process.bus.execute(
      payment,
      unasked,
      { type: 'Authorize', data: { reference: 'of nobody' } },
      { correlationId: unasked, alongside: (unit) => process.calls.settle(unit, `pay-${asked}`) },
    )
    expect(result).toMatchObject({ status: 'rejected', rejection: { rejected: 'NOT_ASKED' } })
    expect(await process.calls.pending()).toBe(1)
  })
})

describe('a crash', () => {
  test('between call and result: another process makes the call again with the same key, and one result is stored', async () => {
    const keys: string[] = []
    let answer: (value: string) => void = () => {}
    const way = await silencableWay(kernel.url)
    const pool = new Pool({ connectionString: way.url, connectionTimeoutMillis: 1_000 })
    onTestFinished(async () => {
      way.close()
      await pool.end()
    })
    const crashed = start(
      ({ key }) => {
        keys.push(`crashed ${key}`)
        return new Promise((resolve) => {
          answer = resolve
        })
      },
      undefined,
      { leaseMs: 1_000 },
      { pool, transactionTimeoutMs: 2_000 },
    )
    await crashed.calls.start()
    const id = newId()
    await crashed.ask(id)
    await waitFor(() => keys.length === 1, { what: 'the call' })
    // As if it were dead: it shows no sign of life.
    way.silence(true)
    const survivor = start(async ({ key }) => {
      keys.push(`survivor ${key}`)
      return 'second answer'
    }, crashed.name)
    await survivor.calls.start()
    await authorized(survivor.store, id)
    expect(keys).toEqual([`crashed pay-${id}`, `survivor pay-${id}`])

    // The first one was only slow: its answer comes too late to count.
    way.silence(false)
    answer('first answer')
    await crashed.calls.stop()
    const { state } = await survivor.store.load(payment, id)
    expect(state.answers).toBe(1)
  })

  test('of nobody: calls of a living process are left to it', async () => {
    const made: string[] = []
    let answer: (value: string) => void = () => {}
    const busy = start(
      () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    )
    await busy.calls.start()
    const id = newId()
    await busy.ask(id)
    const other = start(
      async ({ key }) => {
        made.push(key)
        return 'ref'
      },
      busy.name,
      { leaseMs: 100 },
    )
    await other.calls.start()
    const aliveUntil = async () => {
      const [owner] = await kernel.rows<{ until: Date }>(
        'select alive_until as until from outbound_owners where owner = (select owner from outbound_calls where name = $1)',
        [busy.name],
      )
      return owner?.until.getTime() ?? 0
    }
    // The busy one has renewed its lease, and the other one has looked many times since.
    const before = await aliveUntil()
    await waitFor(async () => (await aliveUntil()) > before + 1_000, { what: 'a renewed lease' })
    expect(made).toEqual([])
    expect(await other.calls.pending()).toBe(1)
    answer('ref')
    await authorized(busy.store, id)
  })
})

test('stop hands back what was not called, and another process takes it at once', async () => {
  const first = start(() => new Promise(() => {}), undefined, { timeoutMs: 100, concurrency: 1 })
  await first.calls.start()
  const ids = Array.from({ length: 3 }, newId)
  await Promise.all(ids.map(first.ask))
  await first.calls.stop()
  const second = start(async () => 'ref', first.name)
  await second.calls.start()
  await Promise.all(ids.map((id) => authorized(second.store, id)))
})
