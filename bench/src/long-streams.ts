import type { AnyAggregate, EventStore } from '@stocker/cqrs'
import { createEventStore, defineAggregate } from '@stocker/cqrs'
import type { Pool } from 'pg'

interface Balance {
  readonly cents: number
  readonly movements: number
}
type Movements = { Moved: { readonly cents: number; readonly reason: string } }

const definition = {
  initial: { cents: 0, movements: 0 },
  decide: { Move: (data: Movements['Moved']) => [{ type: 'Moved' as const, data }] },
  evolve: {
    Moved: ({ cents, movements }: Balance, data: Movements['Moved']) => ({
      cents: cents + data.cents,
      movements: movements + 1,
    }),
  },
}
const plain = defineAggregate<Balance, { Move: Movements['Moved'] }, Movements>({ name: 'plain', ...definition })
const snapshotted = defineAggregate<Balance, { Move: Movements['Moved'] }, Movements>({
  name: 'snapshotted',
  ...definition,
  snapshotEvery: 100,
})

const EVENTS = 10_000
const AT_ONCE = 500
const LOADS = 50

/** How long it takes to load an aggregate of 10,000 events, from all of them and from its newest snapshot: medians of 50. */
export async function measureLongStreams(pool: Pool) {
  const store = createEventStore({ pool, aggregates: [plain, snapshotted] })
  try {
    return {
      longStreamLoadMs: await medianLoadMs(store, plain),
      longStreamLoadFromSnapshotMs: await medianLoadMs(store, snapshotted),
    }
  } finally {
    await store.close()
  }
}

async function medianLoadMs(store: EventStore, aggregate: AnyAggregate): Promise<number> {
  // 50 beyond the last snapshot, which is the middle between two.
  for (let events = 0; events < EVENTS + 50; events += AT_ONCE) {
    const count = Math.min(AT_ONCE, EVENTS + 50 - events)
    await store.transact(
      (unit) => {
        for (let n = 0; n < count; n += 1)
          unit.execute(aggregate, '1', { type: 'Move', data: { cents: n, reason: 'bench' } } as never)
      },
      { correlationId: 'bench' },
    )
  }
  const times: number[] = []
  for (let n = 0; n < LOADS; n += 1) {
    const started = performance.now()
    const { version } = await store.load(aggregate, '1')
    times.push(performance.now() - started)
    if (version !== EVENTS + 50) throw new Error(`loaded version ${version} instead of ${EVENTS + 50}`)
  }
  return times.toSorted((a, b) => a - b)[LOADS / 2] ?? Number.NaN
}
