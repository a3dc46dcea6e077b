import { describe, expect, expectTypeOf, test } from 'vitest'
import type { CommandOf, KERNEL_REJECTIONS, RejectionOf } from '../src/index.ts'
import { createCommandBus, createInbox, defineAggregate, reject } from '../src/index.ts'
import { fixture } from '../src/testing/index.ts'
import { message, newId, testKernel } from './kernel.ts'

interface Parcel {
  readonly places: readonly string[]
  readonly done: boolean
}
interface Commands {
  Send: { readonly from: string }
  Scan: { readonly at: string }
  Pass: { readonly at: string }
  Lose: object
}
interface Events {
  Seen: { readonly at: string }
  Lost: object
}

/** Sent once, passed on, scanned wherever it turns up, and nothing at all happens to it once it is lost. */
const parcel = defineAggregate<Parcel, Commands, Events, 'ALREADY_THERE'>({
  name: 'parcel',
  initial: { places: [], done: false },
  creation: { Send: 'always', Scan: 'ifMissing' },
  ended: ({ done }) => done,
  decide: {
    Send: ({ from }) => [{ type: 'Seen', data: { at: from } }],
    Scan: (data) => [{ type: 'Seen', data }],
    Pass: (data, { places }) =>
      places.at(-1) === data.at
        ? reject('ALREADY_THERE', `the parcel is in ${data.at} already`, { places })
        : [{ type: 'Seen', data }],
    Lose: () => [{ type: 'Lost', data: {} }],
  },
  evolve: {
    Seen: (state, { at }) => ({ ...state, places: [...state.places, at] }),
    Lost: (state) => ({ ...state, done: true }),
  },
})

const send: CommandOf<typeof parcel> = { type: 'Send', data: { from: 'Rome' } }
const scan: CommandOf<typeof parcel> = { type: 'Scan', data: { at: 'Oslo' } }
const pass: CommandOf<typeof parcel> = { type: 'Pass', data: { at: 'Bonn' } }
const lose: CommandOf<typeof parcel> = { type: 'Lose', data: {} }

const kernel = await testKernel()
const parcelStore = () => kernel.store({ aggregates: [parcel] })
const aBus = () => createCommandBus({ store: parcelStore() })
const meta = { correlationId: 'c' }

describe('a command that always begins a stream', () => {
  test('is rejected where there is one, in the process that began it and in another', async () => {
    const id = newId()
    const bus = aBus()
    expect(await bus.execute(parcel, id, send, meta)).toMatchObject({ status: 'accepted', version: 1 })
    for (const process of [bus, aBus()]) {
      expect(await process.execute(parcel, id, send, meta)).toEqual({
        status: 'rejected',
        rejection: {
          rejected: 'AGGREGATE_EXISTS',
          message: `There is a parcel ${id} already; Send would begin another.`,
          details: { aggregate: 'parcel', id },
        },
      })
    }
  })

  test('is rejected where another process was faster, also after many that were really new', async () => {
    const [bus, other] = [aBus(), aBus()]
    for (let n = 0; n < 10; n += 1) await bus.execute(parcel, newId(), send, meta)
    const id = newId()
    await other.execute(parcel, id, send, meta)
    expect(await bus.execute(parcel, id, send, meta)).toMatchObject({ rejection: { rejected: 'AGGREGATE_EXISTS' } })
  })
})

describe('a command that never begins a stream', () => {
  test('is rejected where there is none, and is accepted once there is one, whoever began it', async () => {
    const id = newId()
    const [bus, other] = [aBus(), aBus()]
    expect(await bus.execute(parcel, id, pass, meta)).toMatchObject({
      rejection: { rejected: 'AGGREGATE_NOT_FOUND', details: { aggregate: 'parcel', id } },
    })
    await other.execute(parcel, id, send, meta)
    expect(await bus.execute(parcel, id, pass, meta)).toMatchObject({ status: 'accepted', version: 2 })
  })

  test('may follow the beginning in the same unit of work', async () => {
    const id = newId()
    const outcomes = await parcelStore().transact(
      (unit) => [pass, send, pass].map((command) => unit.execute(parcel, id, command).rejection?.rejected),
      meta,
    )
    expect(outcomes).toEqual(['AGGREGATE_NOT_FOUND', undefined, undefined])
  })
})

test('a command that begins a stream if it is missing works on both', async () => {
  const id = newId()
  const bus = aBus()
  for (const version of [1, 2])
    expect(await bus.execute(parcel, id, scan, meta)).toMatchObject({ status: 'accepted', version })
})

test('nothing happens to an aggregate any more when its life is over', async () => {
  const id = newId()
  const bus = aBus()
  for (const command of [send, lose]) await bus.execute(parcel, id, command, meta)
  for (const command of [send, scan, pass, lose]) {
    expect(await aBus().execute(parcel, id, command, meta)).toMatchObject({
      rejection: { rejected: 'AGGREGATE_DELETED', details: { aggregate: 'parcel', id } },
    })
  }
})

describe('a command with an expected version', () => {
  test('takes effect at that version only, in the process that wrote last and in others', async () => {
    const id = newId()
    const [bus, other] = [aBus(), aBus()]
    await bus.execute(parcel, id, send, { ...meta, expectedVersion: 0 })
    await other.execute(parcel, id, scan, { ...meta, expectedVersion: 1 })
    for (const process of [bus, other, aBus()]) {
      expect(await process.execute(parcel, id, pass, { ...meta, expectedVersion: 1 })).toEqual({
        status: 'rejected',
        rejection: {
          rejected: 'VERSION_CONFLICT',
          message: `parcel ${id} is at version 2, not at 1: it has changed. Read it again, and decide on what it is now.`,
          details: { aggregate: 'parcel', id, expected: 1, actual: 2 },
        },
      })
    }
    expect(await bus.execute(parcel, id, pass, { ...meta, expectedVersion: 2 })).toMatchObject({ version: 3 })
  })

  test('wins once, when several of several processes expect the same at once', async () => {
    const id = newId()
    const buses = [aBus(), aBus(), aBus()]
    await buses[0]?.execute(parcel, id, send, meta)
    for (let version = 1; version <= 5; version += 1) {
      const results = await Promise.all(
        [...buses, ...buses].map((bus) => bus.execute(parcel, id, scan, { ...meta, expectedVersion: version })),
      )
      expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(1)
      for (const result of results) {
        if (result.status === 'accepted') continue
        expect(result.rejection.details).toEqual({ aggregate: 'parcel', id, expected: version, actual: version + 1 })
      }
    }
  })

  test('that is repeated with its idempotency key gives the first result again', async () => {
    const id = newId()
    const bus = aBus()
    await bus.execute(parcel, id, send, meta)
    const once = { ...meta, expectedVersion: 1, idempotency: { key: newId(), fingerprint: 'scan' } }
    expect(await bus.execute(parcel, id, scan, once)).toMatchObject({ version: 2, replayed: false })
    expect(await bus.execute(parcel, id, scan, once)).toMatchObject({ version: 2, replayed: true })
  })

  test('may come from a message handler', async () => {
    const id = newId()
    const codes: (string | undefined)[] = []
    const inbox = createInbox({
      store: parcelStore(),
      consumer: 'post',
      handlers: {
        Arrived: (_, unit) => {
          const outcomes = [0, 0, 1].map((expectedVersion) => unit.execute(parcel, id, scan, { expectedVersion }))
          codes.splice(0, 3, ...outcomes.map(({ rejection }) => rejection?.rejected))
        },
      },
    })
    await inbox.handle([message('Arrived', id)])
    expect(codes).toEqual([undefined, 'VERSION_CONFLICT', undefined])
  })

  test('that is not a version is refused', async () => {
    for (const expectedVersion of [-1, 1.5, Number.NaN]) {
      await expect(aBus().execute(parcel, newId(), scan, { ...meta, expectedVersion })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`is ${expectedVersion}`),
      })
    }
  })
})

test('the type of a rejection names every code there is', async () => {
  expectTypeOf<RejectionOf<typeof parcel>['rejected']>().toEqualTypeOf<
    'ALREADY_THERE' | (typeof KERNEL_REJECTIONS)[number]
  >()
  const result = await aBus().execute(parcel, newId(), pass, meta)
  if (result.status === 'accepted') throw new Error('there was nothing to pass on')
  const answer = ((code): string => {
    switch (code) {
      case 'ALREADY_THERE':
        return 'it is there'
      case 'AGGREGATE_NOT_FOUND':
        return 'no such parcel'
      case 'AGGREGATE_EXISTS':
      case 'AGGREGATE_DELETED':
      case 'VERSION_CONFLICT':
      case 'IDEMPOTENCY_KEY_REUSED':
        return 'not now'
    }
  })(result.rejection.rejected)
  expect(answer).toBe('no such parcel')
})

test('the fixture keeps the same rules', () => {
  fixture(parcel).when(pass).expectRejection('AGGREGATE_NOT_FOUND')
  fixture(parcel).given(send).when(send).expectRejection('AGGREGATE_EXISTS')
  fixture(parcel).given(send, lose).when(scan).expectRejection('AGGREGATE_DELETED')
  fixture(parcel)
    .givenState({ places: ['Bonn'], done: false })
    .when(pass)
    .expectRejection('ALREADY_THERE', { places: ['Bonn'] })
})

describe('a definition is refused', () => {
  const { creation: _, ...rest } = parcel
  test.each([
    ['that gives a rule to a command that is not there', { Sned: 'always' }, /'Sned', which is not among its commands/],
    ['that has a rule that does not exist', { Send: 'sometimes' }, /'sometimes': it must be one of always, ifMissing/],
    ['by which nothing can begin', { Send: 'never' }, /lets no command begin a stream/],
  ])('%s', (_name, creation, message) => {
    expect(() => defineAggregate({ ...rest, creation: creation as never })).toThrow(message)
  })
})
