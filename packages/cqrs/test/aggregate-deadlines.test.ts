import { describe, expect, test } from 'vitest'
import type { Logger } from '../src/index.ts'
import { createCommandBus, createDeadlines, defineAggregate, reject } from '../src/index.ts'
import { movableClock } from './clock.ts'
import { newId, testKernel } from './kernel.ts'

const kernel = await testKernel()

interface Seat {
  readonly status: 'free' | 'held' | 'taken'
  readonly until: string
}
interface Commands {
  Hold: { readonly until: string }
  Take: object
  Release: { readonly reason: string }
}
interface Events {
  Held: { readonly until: string }
  Taken: object
  Released: { readonly reason: string }
}

const seat = defineAggregate<Seat, Commands, Events>({
  name: 'seat',
  initial: { status: 'free', until: '' },
  decide: {
    Hold: (data) => [{ type: 'Held', data }],
    Take: () => [{ type: 'Taken', data: {} }],
    Release: (data, { status }) =>
      status === 'held' ? [{ type: 'Released', data }] : reject('NOT_HELD', `a seat that is ${status} is not released`),
  },
  evolve: {
    Held: (_, { until }) => ({ status: 'held', until }),
    Taken: (state) => ({ ...state, status: 'taken' }),
    Released: (state) => ({ ...state, status: 'free' }),
  },
  deadlines: ({ status, until }) =>
    status === 'held' ? { Release: { at: until, data: { reason: 'nobody took it' } } } : {},
})

const clock = movableClock()
const store = kernel.store({ aggregates: [seat], clock: clock.now })
const bus = createCommandBus({ store })
const deadlines = createDeadlines({ store })

const hold = (id: string, until: string) =>
  bus.execute(seat, id, { type: 'Hold', data: { until } }, { correlationId: `hold of ${id}` })
const take = (id: string) => bus.execute(seat, id, { type: 'Take', data: {} }, { correlationId: id })
const rowsOf = (id: string) => kernel.rows('select name, due_at from deadlines where id = $1', [id])

describe('what an aggregate declares about the time to come', () => {
  test('happens when nothing else has happened', async () => {
    const id = newId()
    await hold(id, clock.in(1_000))
    clock.move(1_000)
    expect(await deadlines.fireDue()).toBe(1)
    const [held, released] = await store.readStream(`seat-${id}`)
    expect(released).toMatchObject({
      type: 'Released',
      data: { reason: 'nobody took it' },
      metadata: { correlationId: `hold of ${id}`, causationId: held?.id },
    })
    expect(await rowsOf(id)).toEqual([])
  })

  test('is off when the state no longer asks for it', async () => {
    const id = newId()
    await hold(id, clock.in(1_000))
    expect(await rowsOf(id)).toEqual([{ name: 'Release', due_at: new Date(clock.in(1_000)) }])
    await take(id)
    expect(await rowsOf(id)).toEqual([])
  })

  test('moves with the state', async () => {
    const id = newId()
    await hold(id, clock.in(1_000))
    await hold(id, clock.in(5_000))
    expect(await rowsOf(id)).toEqual([{ name: 'Release', due_at: new Date(clock.in(5_000)) }])
  })

  test('is written only where it differs: an event that leaves it as it was leaves its row alone', async () => {
    const id = newId()
    const until = clock.in(1_000)
    await hold(id, until)
    const version = () => kernel.rows('select xmin, token from deadlines where id = $1', [id])
    const before = await version()
    await hold(id, until)
    expect(await version()).toEqual(before)
  })

  test('comes and goes within one transaction without a trace', async () => {
    const id = newId()
    await store.transact(
      (unit) => {
        unit.execute(seat, id, { type: 'Hold', data: { until: clock.in(1_000) } })
        unit.execute(seat, id, { type: 'Take', data: {} })
      },
      { correlationId: id },
    )
    expect(await rowsOf(id)).toEqual([])
  })

  test('is done with when the aggregate refuses, and the log says so', async () => {
    const warnings: object[] = []
    const nothing = () => {}
    const logger: Logger = { debug: nothing, info: nothing, error: nothing, warn: (fields) => warnings.push(fields) }
    const id = newId()
    await store.transact(
      (unit) => unit.schedule({ aggregate: seat, id }, 'Release', { afterMs: 1, payload: { reason: 'too early' } }),
      { correlationId: id },
    )
    clock.move(1)
    expect(await createDeadlines({ store, logger }).fireDue()).toBe(1)
    expect(warnings).toEqual([
      {
        scope: 'aggregate:seat',
        id,
        deadline: 'Release',
        rejection: { rejected: 'NOT_HELD', message: 'a seat that is free is not released' },
      },
    ])
    expect(await rowsOf(id)).toEqual([])
  })

  test('must be one of its commands, at an instant', async () => {
    const broken = (at: string, name: string) =>
      defineAggregate<Seat, Commands, Events>({
        ...seat,
        deadlines: () => ({ [name]: { at, data: { reason: '' } } }) as never,
      })
    const run = async (at: string, name: string) => {
      const aggregate = broken(at, name)
      const other = kernel.store({ aggregates: [aggregate] })
      return other.transact((unit) => unit.execute(aggregate, newId(), { type: 'Take', data: {} }), {
        correlationId: 'x',
      })
    }
    await expect(run(clock.in(1), 'Explode')).rejects.toMatchObject({ code: 'UNKNOWN_DEADLINE' })
    await expect(run('soon', 'Release')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

test('a deadline with a wrong name or wrong data does not compile', () => {
  defineAggregate<Seat, Commands, Events>({
    ...seat,
    // @ts-expect-error there is no such command
    deadlines: () => ({ Free: { at: '', data: {} } }),
  })
  defineAggregate<Seat, Commands, Events>({
    ...seat,
    // @ts-expect-error the command needs a reason
    deadlines: () => ({ Release: { at: '', data: {} } }),
  })
  expect(Object.keys(seat.decide)).toEqual(['Hold', 'Take', 'Release'])
})
