import { expect, test } from 'vitest'
import { defineSaga } from '../src/index.ts'
import { movableClock } from './clock.ts'
import { message, newId, testKernel } from './kernel.ts'
import { inboxOf } from './transfer.ts'

const kernel = await testKernel()

interface Journey {
  readonly back: boolean
}
interface Steps {
  Departed: { readonly id: string }
  TurnedBack: { readonly id: string }
  Rested: { readonly id: string }
  Arrived: { readonly id: string }
}

const byId = { id: (data: { readonly id: string }) => data.id }
const MINUTE_MS = 60_000

const journey = defineSaga<Journey, Steps, { late: object }>({
  name: 'journey',
  initial: { back: false },
  stages: { names: ['forward', 'backward'], of: ({ back }) => (back ? 'backward' : 'forward') },
  on: {
    Departed: {
      ...byId,
      starts: true,
      handle: () => ({ state: { back: false }, schedule: { late: { afterMs: 10 * MINUTE_MS } } }),
    },
    TurnedBack: { ...byId, handle: () => ({ state: { back: true } }) },
    Rested: { ...byId, handle: (state) => ({ state: { ...state } }) },
    Arrived: { ...byId, handle: () => ({ end: true }) },
  },
  deadlines: { late: () => ({}) },
})

test('those who watch see how many instances live, in what stage and for how long, whose deadlines are overdue, and each step', async () => {
  const clock = movableClock()
  const store = kernel.store({ sagas: [journey], clock: clock.now })
  const inbox = inboxOf(store)
  const steps: (readonly [string, number])[] = []
  store.onSagasMoved((moved) => steps.push(...moved))
  const tell = (type: keyof Steps, id: string) => inbox.handle([message(type, id, { id })])
  const none = { stage: 'backward', instances: 0, oldestSeconds: 0 }
  expect(await store.sagaFigures()).toEqual([
    { saga: 'journey', active: 0, overdue: 0, stages: [{ ...none, stage: 'forward' }, none] },
  ])

  // given two that depart one after the other, and a third that arrives
  const [first, second, third] = [newId(), newId(), newId()]
  await tell('Departed', first)
  clock.move(MINUTE_MS)
  await tell('Departed', second)
  await tell('Departed', third)
  await tell('Arrived', third)

  // when the first turns back, and then goes on without changing its stage
  await tell('TurnedBack', first)
  clock.move(2 * MINUTE_MS)
  await tell('Rested', first)

  // then
  expect(await store.sagaFigures()).toEqual([
    {
      saga: 'journey',
      active: 2,
      overdue: 0,
      stages: [
        { stage: 'forward', instances: 1, oldestSeconds: 120 },
        { stage: 'backward', instances: 1, oldestSeconds: 120 },
      ],
    },
  ])
  expect(steps).toEqual(Array.from({ length: 6 }, () => ['journey', 1]))

  // and when nobody fires their deadlines
  clock.move(10 * MINUTE_MS)
  const [figures] = await store.sagaFigures()
  expect(figures?.overdue).toBe(2)
})
