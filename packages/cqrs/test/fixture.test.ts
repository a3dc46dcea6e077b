import { describe, expect, test } from 'vitest'
import { defineAggregate } from '../src/index.ts'
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

describe('an aggregate that breaks its promises', () => {
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
