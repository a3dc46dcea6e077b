import { describe, expect, test } from 'vitest'
import { defineAggregate, reject } from '../src/index.ts'
import { fixture } from '../src/testing/index.ts'
import { account } from './bank.ts'

const opened = { type: 'Opened', data: { owner: 'Ann' } } as const
const deposited = { type: 'Deposited', data: { amount: 5 } } as const
const deposit = { type: 'Deposit', data: { amount: 5 } } as const
const withdraw = { type: 'Withdraw', data: { amount: 5 } } as const

describe('expectations hold when they are right', () => {
  test('events and state', () => {
    fixture(account)
      .given(opened)
      .when(deposit)
      .expectEvents([deposited])
      .expectState({ open: true, balance: 5, movements: 1 })
  })
  test('rejection with code and details', () => {
    fixture(account)
      .given(opened, deposit)
      .when({ type: 'Withdraw', data: { amount: 6 } })
      .expectRejection('NOT_ENOUGH', { balance: 5 })
  })
  test('a history of events and commands, and going on', () => {
    fixture(account)
      .given(opened)
      .givenCommands(deposit)
      .when(withdraw)
      .expectEvents([{ type: 'Withdrawn', data: { amount: 5 } }])
      .andThen()
      .when(withdraw)
      .expectRejection('NOT_ENOUGH')
  })
  test('a state without history', () => {
    fixture(account)
      .givenState({ open: true, balance: 9, movements: 0 })
      .when(withdraw)
      .expectState(({ balance }) => expect(balance).toBe(4))
  })
})

describe('expectations fail when they are wrong', () => {
  const wrong: [string, () => unknown, RegExp][] = [
    [
      'other data',
      () =>
        fixture(account)
          .given(opened)
          .when(deposit)
          .expectEvents([{ type: 'Deposited', data: { amount: 6 } }]),
      /gave other events[\s\S]*6/,
    ],
    ['a subset', () => fixture(account).given(opened).when(deposit).expectEvents([]), /gave other events/],
    [
      'a rejection instead of events',
      () => fixture(account).when(deposit).expectEvents([deposited]),
      /rejected: NOT_OPEN, the account is not open/,
    ],
    [
      'events instead of a rejection',
      () => fixture(account).given(opened).when(deposit).expectRejection('NOT_OPEN'),
      /was accepted/,
    ],
    [
      'another rejection',
      () => fixture(account).when(withdraw).expectRejection('NOT_OPEN'),
      /another reason \(the balance is too low\)/,
    ],
    [
      'other details',
      () => fixture(account).when(withdraw).expectRejection('NOT_ENOUGH', { balance: 1 }),
      /other details/,
    ],
    ['something done', () => fixture(account).given(opened).when(deposit).expectNothing(), /should do nothing/],
    [
      'another state',
      () => fixture(account).given(opened).when(deposit).expectState({ open: true, balance: 4, movements: 1 }),
      /another state/,
    ],
    [
      'a history that is not possible',
      () => fixture(account).givenCommands(deposit).when(deposit),
      /given account: Deposit was rejected/,
    ],
  ]
  test.each(wrong)('%s', (_name, expectation, message) => {
    expect(expectation).toThrow(message)
    expect(expectation).toThrow(expect.objectContaining({ code: 'ERR_ASSERTION' }))
  })
})

test('time is what the test says', () => {
  const clock = defineAggregate<{ at: string[] }, { Tick: object }, { Ticked: object }>({
    name: 'clock',
    initial: { at: [] },
    decide: { Tick: () => [{ type: 'Ticked', data: {} }] },
    evolve: { Ticked: ({ at }, _data, place) => ({ at: [...at, `${place.version} ${place.occurredAt}`] }) },
  })
  const tick = { type: 'Ticked', data: {} } as const
  fixture(clock)
    .given(tick)
    .at('2026-05-01T10:00:00Z')
    .given(tick)
    .elapses(60_000)
    .when({ type: 'Tick', data: {} })
    .expectState({ at: ['1 2026-01-01T00:00:00.000Z', '2 2026-05-01T10:00:00.000Z', '3 2026-05-01T10:01:00.000Z'] })
})

/** Somebody must answer within an hour, and is reminded after half of it. */
interface Question {
  readonly status: 'none' | 'open' | 'answered' | 'closed'
  readonly until: string
  readonly reminders: readonly string[]
}
const question = defineAggregate<
  Question,
  { Ask: { until: string; remindAt: string }; Remind: object; Close: { why: string }; Answer: object },
  { Asked: { until: string; remindAt: string }; Reminded: object; Closed: { why: string }; Answered: object }
>({
  name: 'question',
  initial: { status: 'none', until: '', reminders: [] },
  ended: ({ status }) => status === 'closed',
  deadlines: ({ status, until, reminders: [next] }) =>
    status === 'open'
      ? { Close: { at: until, data: { why: 'too late' } }, ...(next && { Remind: { at: next, data: {} } }) }
      : {},
  decide: {
    Ask: (data) => [{ type: 'Asked', data }],
    Remind: (_, { status }) =>
      status === 'open' ? [{ type: 'Reminded', data: {} }] : reject('NOT_OPEN', 'nobody waits for an answer'),
    Close: (data) => [{ type: 'Closed', data }],
    Answer: () => [{ type: 'Answered', data: {} }],
  },
  evolve: {
    Asked: (_, { until, remindAt }) => ({ status: 'open', until, reminders: [remindAt] }),
    Reminded: (state) => ({ ...state, reminders: [] }),
    Closed: (state) => ({ ...state, status: 'closed' }),
    Answered: (state) => ({ ...state, status: 'answered' }),
  },
})
const ask = { type: 'Ask', data: { until: '2026-01-01T01:00:00Z', remindAt: '2026-01-01T00:30:00Z' } } as const
const MINUTE_MS = 60_000

describe('deadlines of an aggregate', () => {
  test('are scheduled by what happens, are due at their time and in their order, and are over when the state says so', () => {
    fixture(question)
      .when(ask)
      .expectDeadline('Close', '2026-01-01T01:00:00.000Z', { why: 'too late' })
      .expectDeadline('Remind', '2026-01-01T00:30:00.000Z')
      .andThen()
      .whenTimeElapses(29 * MINUTE_MS)
      .expectNothing()
      .expectTriggeredDeadlines([])
      .andThen()
      .whenTimeElapses(60 * MINUTE_MS)
      .expectEvents([
        { type: 'Reminded', data: {} },
        { type: 'Closed', data: { why: 'too late' } },
      ])
      .expectTriggeredDeadlines(['Remind', 'Close'])
      .expectDeleted()
      .expectNoDeadlines()
  })

  test('are cancelled by what happens before', () => {
    fixture(question)
      .given(ask)
      .when({ type: 'Answer', data: {} })
      .expectNoDeadlines()
      .andThen()
      .whenTimeAdvancesTo('2026-01-02T00:00:00Z')
      .expectNothing()
  })

  test('that are rejected when they are due are done with', () => {
    const notNow = () => reject('NOT_NOW', 'the judge is away', { day: 1 })
    const stubborn = { ...question, decide: { ...question.decide, Close: notNow } }
    fixture(stubborn)
      .given(ask)
      .whenTimeAdvancesTo('2026-01-01T02:00:00Z')
      .expectEvents([{ type: 'Reminded', data: {} }])
      .expectRejection('NOT_NOW', { day: 1 })
      .expectNoDeadlines()
      .andThen()
      .whenTimeElapses(MINUTE_MS)
      .expectTriggeredDeadlines([])
  })

  test('of a state that is given are scheduled; the past may be begun anew', () => {
    const open: Question = { status: 'open', until: '2026-01-01T01:00:00.000Z', reminders: [] }
    fixture(question)
      .givenState(open)
      .whenTimeElapses(60 * MINUTE_MS)
      .expectTriggeredDeadlines(['Close'])
    fixture(question)
      .givenState(open)
      .givenNoPriorActivity()
      .whenTimeElapses(60 * MINUTE_MS)
      .expectNothing()
  })

  test('do not fire by the clock of the past alone', () => {
    fixture(question)
      .given(ask)
      .elapses(120 * MINUTE_MS)
      .when({ type: 'Answer', data: {} })
      .expectState(({ reminders }) => expect(reminders).toHaveLength(1))
  })

  test.each([
    [
      'another time',
      () => fixture(question).when(ask).expectDeadline('Close', '2026-01-01T02:00:00Z'),
      /should schedule Close; scheduled: Close at 2026-01-01T01:00:00.000Z, Remind at/,
    ],
    ['none', () => fixture(question).when(ask).expectNoDeadlines(), /should leave no deadline/],
    [
      'other ones',
      () =>
        fixture(question)
          .given(ask)
          .whenTimeElapses(45 * MINUTE_MS)
          .expectTriggeredDeadlines(['Close']),
      /other deadlines were due/,
    ],
    ['an end', () => fixture(question).when(ask).expectDeleted(), /should end the life of question/],
    ['an end that there is not', () => fixture(account).given(opened).when(deposit).expectDeleted(), /has no 'ended'/],
    [
      'a rejection',
      () =>
        fixture(question)
          .given(ask)
          .whenTimeElapses(45 * MINUTE_MS)
          .expectRejection('NOT_OPEN'),
      /should be rejected as NOT_OPEN, but it was accepted/,
    ],
  ])('are not expected wrongly: %s', (_name, expectation, message) => {
    expect(expectation).toThrow(message)
  })

  test('that move for ever are found', () => {
    const restless = defineAggregate<{ at: string }, { Tick: object }, { Ticked: { at: string } }>({
      name: 'restless',
      initial: { at: '2026-01-01T00:00:00.000Z' },
      deadlines: ({ at }) => ({ Tick: { at, data: {} } }),
      decide: { Tick: (_, { at }) => [{ type: 'Ticked', data: { at: new Date(Date.parse(at) + 1).toISOString() } }] },
      evolve: { Ticked: (_, { at }) => ({ at }) },
    })
    expect(() => fixture(restless).when({ type: 'Tick', data: {} }).andThen().whenTimeElapses(2_000)).toThrow(
      /restless moves its deadline Tick for ever/,
    )
  })
})

test('events can be looked at instead of being written out', () => {
  fixture(account)
    .given(opened)
    .when(deposit)
    .expectEvents((events) => expect(events.map(({ type }) => type)).toEqual(['Deposited']))
})

describe('an aggregate that breaks its promises', () => {
  test('by deciding on something else than command and state', () => {
    let calls = 0
    const moody = defineAggregate<object, { Set: object }, { Set: { n: number } }>({
      name: 'moody',
      initial: {},
      decide: {
        Set: () => {
          calls += 1
          return [{ type: 'Set', data: { n: calls } }]
        },
      },
      evolve: { Set: (state) => state },
    })
    expect(() => fixture(moody).when({ type: 'Set', data: {} })).toThrow(
      /moody decided Set differently the second time/,
    )
  })

  test('by a state that does not come from its events', () => {
    let secret = 0
    const leaking = defineAggregate<{ n: number }, { Set: object }, { Set: object }>({
      name: 'leaking',
      initial: { n: 0 },
      decide: { Set: () => [{ type: 'Set', data: {} }] },
      evolve: {
        Set: () => {
          secret += 1
          return { n: secret }
        },
      },
    })
    expect(() => fixture(leaking).when({ type: 'Set', data: {} })).toThrow(
      /the state of leaking does not follow from its events/,
    )
  })

  test('by changing the state that it was given', () => {
    const mutating = defineAggregate<{ items: string[] }, { Add: { item: string } }, { Added: { item: string } }>({
      name: 'mutating',
      initial: { items: [] },
      decide: { Add: (data) => [{ type: 'Added', data }] },
      evolve: {
        Added: (state, { item }) => {
          state.items.push(item)
          return state
        },
      },
    })
    expect(() => fixture(mutating).when({ type: 'Add', data: { item: 'a' } })).toThrow(/not extensible/)
  })

  test('by deciding data that JSON cannot hold', () => {
    const lossy = defineAggregate<object, { Set: object }, { Set: { at: Date } }>({
      name: 'lossy',
      initial: {},
      decide: { Set: () => [{ type: 'Set', data: { at: new Date(0) } }] },
      evolve: { Set: (state) => state },
    })
    expect(() => fixture(lossy).when({ type: 'Set', data: {} })).toThrow(/event Set does not survive JSON/)
  })
})
