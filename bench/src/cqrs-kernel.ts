import { randomUUIDv7 } from 'node:crypto'
import type { EventStore, InboxMessage } from '@stocker/cqrs'
import {
  createCommandBus,
  createEventStore,
  createInbox,
  createTrackingProcessor,
  defineAggregate,
  defineTable,
  FEED_START,
  migrations,
  reject,
} from '@stocker/cqrs'
import type { Pool } from 'pg'
import type { SagaFigures } from './cqrs-sagas.ts'
import { measureSagas } from './cqrs-sagas.ts'
import { measureLongStreams } from './long-streams.ts'
import { withOwnDatabase } from './own-database.ts'

export interface KernelFigures extends SagaFigures {
  /** Messages through the inbox in batches of 250, two batches under way at a time. */
  readonly batchCommandsPerSecond: number
  /** Single commands through the bus, 64 callers. */
  readonly groupedCommandsPerSecond: number
  /** Read from the database in pages of 1,000. */
  readonly feedEventsPerSecond: number
  /** Replayed by a tracking processor of four segments into a table of one row per order, in transactions of up to 2,000 events. */
  readonly projectionReplayPerSecond: number
  /** CPU time of this process per command of the first figure. */
  readonly cpuMicrosPerCommand: number
  /** Load of an aggregate with 10,000 events: all of them, and with a snapshot every 100. */
  readonly longStreamLoadMs: number
  readonly longStreamLoadFromSnapshotMs: number
}

interface Order {
  readonly status: 'none' | 'placed' | 'paid' | 'dispatched'
  readonly amount: number
}
interface Commands {
  Place: {
    readonly customerId: string
    readonly lines: readonly { sku: string; quantity: number }[]
    readonly amount: number
  }
  Pay: { readonly amount: number; readonly method: string }
  Dispatch: { readonly carrier: string }
}
interface Events {
  Placed: Commands['Place']
  Paid: Commands['Pay']
  Dispatched: Commands['Dispatch']
}

const order = defineAggregate<Order, Commands, Events>({
  name: 'order',
  initial: { status: 'none', amount: 0 },
  decide: {
    Place: (data, { status }) => (status === 'none' ? [{ type: 'Placed', data }] : []),
    Pay: (data, { status }) =>
      status === 'placed' ? [{ type: 'Paid', data }] : reject('WRONG_STATUS', `an order that is ${status} is not paid`),
    Dispatch: (data, { status }) =>
      status === 'paid' ? [{ type: 'Dispatched', data }] : reject('WRONG_STATUS', `${status} is not dispatched`),
  },
  evolve: {
    Placed: (_, { amount }) => ({ status: 'placed', amount }),
    Paid: (state) => ({ ...state, status: 'paid' }),
    Dispatched: (state) => ({ ...state, status: 'dispatched' }),
  },
})

const place: Commands['Place'] = {
  customerId: 'customer-000123',
  lines: [
    { sku: 'SKU-0001', quantity: 2 },
    { sku: 'SKU-0002', quantity: 1 },
  ],
  amount: 12_345,
}

const ORDERS = 20_000
const BATCH = 250
const LANES = 2
const CALLERS = 64

/** Measures the event-sourcing kernel alone, in a database of its own that is dropped afterwards. */
export const measureKernel = (postgresUrl: string): Promise<KernelFigures> =>
  withOwnDatabase(postgresUrl, 'kernel', (_, pool) => measureIn(pool))

async function measureIn(pool: Pool): Promise<KernelFigures> {
  for (const { up } of migrations) await pool.query(up)
  const store = createEventStore({ pool, aggregates: [order], cacheSize: 100_000 })
  try {
    await handleOrders(store, 2_000)
    const batch = await handleOrders(store, ORDERS)
    const grouped = await executeOrders(store, ORDERS / 2)
    const feed = await readFeed(store)
    const replay = await replayOrders(store, pool)
    return {
      ...batch,
      groupedCommandsPerSecond: grouped,
      feedEventsPerSecond: feed,
      projectionReplayPerSecond: replay,
      ...(await measureSagas(pool)),
      ...(await measureLongStreams(pool)),
    }
  } finally {
    await store.close()
  }
}

async function handleOrders(store: EventStore, orders: number) {
  const inbox = createInbox({
    store,
    consumer: 'bench',
    handlers: {
      OrderPlaced: ({ key }, unit) => unit.execute(order, key ?? '', { type: 'Place', data: place }),
      OrderPaid: ({ key }, unit) =>
        unit.execute(order, key ?? '', { type: 'Pay', data: { amount: place.amount, method: 'card' } }),
      OrderDispatched: ({ key }, unit) =>
        unit.execute(order, key ?? '', { type: 'Dispatch', data: { carrier: 'fast' } }),
    },
  })
  // Per lane: orders arrive in chunks, and each chunk is placed, paid and dispatched in turn, as from a partition.
  const lanes = Array.from({ length: LANES }, () => {
    const batches: InboxMessage[][] = []
    for (let n = 0; n < orders / LANES; n += BATCH) {
      const ids = Array.from({ length: BATCH }, () => randomUUIDv7())
      for (const type of ['OrderPlaced', 'OrderPaid', 'OrderDispatched'])
        batches.push(ids.map((id) => message(type, id)))
    }
    return batches
  })
  const cpu = process.cpuUsage()
  const started = performance.now()
  await Promise.all(
    lanes.map(async (batches) => {
      for (const batch of batches) {
        const report = await inbox.handle(batch)
        if (report.handled !== batch.length) throw new Error(`only ${report.handled} of ${batch.length} were handled`)
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const commands = lanes.flat(2).length
  return { batchCommandsPerSecond: commands / seconds, cpuMicrosPerCommand: (user + system) / commands }
}

const message = (type: string, key: string): InboxMessage => ({
  id: randomUUIDv7(),
  type,
  key,
  data: {},
  correlationId: key,
  source: { topic: 'bench', partition: 0, offset: 0n },
})

async function executeOrders(store: EventStore, orders: number): Promise<number> {
  const bus = createCommandBus({ store })
  let left = orders
  const started = performance.now()
  const caller = async () => {
    while (left-- > 0) {
      const id = randomUUIDv7()
      const result = await bus.execute(order, id, { type: 'Place', data: place }, { correlationId: id })
      if (result.status !== 'accepted') throw new Error(result.rejection.message)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  const seconds = (performance.now() - started) / 1000
  await bus.close()
  return orders / seconds
}

async function readFeed(store: EventStore): Promise<number> {
  const started = performance.now()
  let events = 0
  for (let after = FEED_START; ; ) {
    const page = await store.feed(after, 1_000)
    const last = page.at(-1)
    if (last === undefined) break
    events += page.length
    after = last
  }
  return events / ((performance.now() - started) / 1000)
}

const orderList = defineTable({
  name: 'order_list',
  key: ['order_id'],
  columns: { order_id: 'text', last_event: 'text', changed_at: 'timestamptz', version: 'int' },
})

async function replayOrders(store: EventStore, pool: Pool): Promise<number> {
  await pool.query(
    'create table order_list (order_id text primary key, last_event text, changed_at timestamptz, version int)',
  )
  const processor = createTrackingProcessor({
    store,
    name: 'order-list',
    handle: (events) => [
      orderList.upsert(
        events.map(({ stream, type, occurredAt, version }) => ({
          order_id: stream,
          last_event: type,
          changed_at: occurredAt,
          version,
        })),
      ),
    ],
    onReset: () => [{ text: 'truncate order_list', values: [] }],
  })
  processor.start()
  try {
    const caughtUp = async () => {
      if (!(await processor.reached(store.versionToken(), 300_000))) throw new Error('the replay did not end')
    }
    await caughtUp()
    const { rows } = await pool.query<{ count: string }>('select count(*) from events')
    const started = performance.now()
    await processor.reset({ to: 'start' })
    await caughtUp()
    return Number(rows[0]?.count) / ((performance.now() - started) / 1000)
  } finally {
    await processor.stop()
  }
}
