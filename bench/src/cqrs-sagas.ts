import { randomUUIDv7 } from 'node:crypto'
import type { EventStore, InboxMessage } from '@stocker/cqrs'
import { createDeadlines, createEventStore, createInbox, defineAggregate, defineSaga, send } from '@stocker/cqrs'
import type { Pool } from 'pg'

export interface SagaFigures {
  /** Messages that a saga handles, through the inbox in batches of 250, two under way at a time; each instance gets three. */
  readonly sagaEventsPerSecond: number
  /** 10,000 deadlines of as many instances, all due at once, each with a new state, a command and the end. */
  readonly deadlinesPerSecond: number
}

interface Parcel {
  readonly status: 'none' | 'shipped' | 'cancelled'
}
interface Commands {
  Ship: { readonly carrier: string }
  Cancel: { readonly reason: string }
}
interface Events {
  Shipped: Commands['Ship']
  Cancelled: Commands['Cancel']
}

const parcel = defineAggregate<Parcel, Commands, Events>({
  name: 'parcel',
  initial: { status: 'none' },
  decide: {
    Ship: (data) => [{ type: 'Shipped', data }],
    Cancel: (data) => [{ type: 'Cancelled', data }],
  },
  evolve: { Shipped: () => ({ status: 'shipped' }), Cancelled: () => ({ status: 'cancelled' }) },
})

interface Fulfilment {
  readonly status: 'none' | 'placed' | 'paid' | 'done' | 'overdue'
  readonly amount: number
}
interface Happenings {
  OrderPlaced: { readonly orderId: string; readonly amount: number }
  OrderPaid: { readonly orderId: string }
  OrderDelivered: { readonly orderId: string }
}

const byOrder = ({ orderId }: { readonly orderId: string }) => orderId
const HOUR_MS = 3_600_000

/** Three events, one command, two deadlines that are set and cancelled again. */
const fulfilment = defineSaga<Fulfilment, Happenings, { overdue: { readonly waitsFor: string } }>({
  name: 'fulfilment',
  initial: { status: 'none', amount: 0 },
  on: {
    OrderPlaced: {
      id: byOrder,
      starts: true,
      handle: (_, { amount }) => ({
        state: { status: 'placed', amount },
        schedule: { overdue: { afterMs: HOUR_MS, payload: { waitsFor: 'payment' } } },
      }),
    },
    OrderPaid: {
      id: byOrder,
      handle: (state, { orderId }) => ({
        state: { ...state, status: 'paid' },
        commands: [send(parcel, orderId, { type: 'Ship', data: { carrier: 'fast' } })],
        schedule: { overdue: { afterMs: HOUR_MS, payload: { waitsFor: 'delivery' } } },
      }),
    },
    OrderDelivered: { id: byOrder, handle: (state) => ({ state: { ...state, status: 'done' }, end: true }) },
  },
  deadlines: {
    overdue: (state, { waitsFor }, { id }) => ({
      state: { ...state, status: 'overdue' },
      commands: [send(parcel, id, { type: 'Cancel', data: { reason: `no ${waitsFor}` } })],
      end: true,
    }),
  },
})

const INSTANCES = 20_000
const DEADLINES = 10_000
const BATCH = 250
const LANES = 2

/** In a database that has the kernel's tables. */
export async function measureSagas(pool: Pool): Promise<SagaFigures> {
  let ahead = 0
  const clock = () => new Date(Date.now() + ahead)
  const store = createEventStore({ pool, aggregates: [parcel], sagas: [fulfilment], cacheSize: 100_000, clock })
  try {
    await handle(store, 2_000, ['OrderPlaced', 'OrderPaid', 'OrderDelivered'])
    const events = await handle(store, INSTANCES, ['OrderPlaced', 'OrderPaid', 'OrderDelivered'])
    await handle(store, DEADLINES, ['OrderPlaced'])
    ahead = 2 * HOUR_MS
    const started = performance.now()
    const fired = await createDeadlines({ store }).fireDue()
    if (fired !== DEADLINES) throw new Error(`${fired} of ${DEADLINES} deadlines fired`)
    return { sagaEventsPerSecond: events, deadlinesPerSecond: fired / ((performance.now() - started) / 1000) }
  } finally {
    await store.close()
  }
}

/** Events per second. Each lane takes instances in chunks, all of a chunk through one event after the other. */
async function handle(store: EventStore, instances: number, types: readonly string[]): Promise<number> {
  const inbox = createInbox({ store, consumer: 'bench', handlers: {} })
  const lanes = Array.from({ length: LANES }, () => {
    const batches: InboxMessage[][] = []
    for (let n = 0; n < instances / LANES; n += BATCH) {
      const ids = Array.from({ length: BATCH }, () => randomUUIDv7())
      for (const type of types) batches.push(ids.map((id) => message(type, id)))
    }
    return batches
  })
  const started = performance.now()
  await Promise.all(
    lanes.map(async (batches) => {
      for (const batch of batches) {
        const report = await inbox.handle(batch)
        if (report.handled !== batch.length) throw new Error(`only ${report.handled} of ${batch.length} were handled`)
      }
    }),
  )
  return lanes.flat(2).length / ((performance.now() - started) / 1000)
}

const message = (type: string, orderId: string): InboxMessage => ({
  id: randomUUIDv7(),
  type,
  key: orderId,
  data: { orderId, amount: 12_345 },
  correlationId: orderId,
  source: { topic: 'bench', partition: 0, offset: 0n },
})
