import { describe, expect, test } from 'vitest'
import { CqrsError, defineSaga, send } from '../src/index.ts'
import type { SagaEffects } from '../src/sagas/saga-reaction.ts'
import { addressOf, react } from '../src/sagas/saga-reaction.ts'
import { account } from './bank.ts'
import { testKernel } from './kernel.ts'
import { transfer } from './transfer.ts'

const kernel = await testKernel()
const context = { now: '', eventId: 'e', occurredAt: '', correlationId: 'c', aggregate: null, key: null }

describe('a definition', () => {
  const codeOf = (define: () => unknown): unknown => {
    try {
      return define()
    } catch (error) {
      return error instanceof CqrsError ? `${error.code}: ${error.message}` : error
    }
  }
  const defined = (change: object) =>
    codeOf(() =>
      defineSaga<object, Record<string, object>, object>({ name: 'x', initial: {}, on: {}, deadlines: {}, ...change }),
    )

  test('that could not work is refused with the reason', () => {
    expect(defined({ name: 'a-b' })).toMatch(/^INVALID_DEFINITION: Saga name 'a-b'/)
    expect(defined({ revision: 0 })).toMatch(/revision of saga 'x' is 0/)
    expect(defined({ revision: 2 })).toMatch(/has no 'upcast'/)
    expect(defined({ on: { E: { handle: () => ({}) } } })).toMatch(
      /handler for E .* needs either 'id' or 'association'/,
    )
    const association = { association: () => null, handle: () => ({}) }
    expect(defined({ on: { E: { ...association, id: () => null } } })).toMatch(/needs either/)
    expect(defined({ on: { E: { ...association, starts: true } } })).toMatch(/needs 'id' to start/)
  })

  test('is frozen with its initial state', () => {
    expect(Object.isFrozen(transfer)).toBe(true)
    expect(Object.isFrozen(transfer.initial)).toBe(true)
  })

  test('of a second saga of the same name is refused by the store', () => {
    expect(() => kernel.store({ sagas: [transfer, { ...transfer }] })).toThrow(/Two sagas have the name 'transfer'/)
  })

  test('whose names or types do not fit does not compile', () => {
    defineSaga<{ n: number }, { E: { id: string } }, { due: { at: string } }>({
      name: 'typed',
      initial: { n: 0 },
      on: {
        E: {
          // @ts-expect-error the event has no such field
          id: (data) => data.name,
          starts: true,
          handle: () => ({
            // @ts-expect-error the payload of the deadline is missing
            schedule: { due: { afterMs: 1 } },
            // @ts-expect-error there is no such deadline
            cancel: ['done'],
          }),
        },
      },
      deadlines: { due: (state, { at }) => ({ state: { n: state.n + at.length } }) },
    })
    // @ts-expect-error the command needs an amount
    send(account, 'a', { type: 'Deposit', data: {} })
    expect(Object.keys(transfer.deadlines)).toEqual(['overdue', 'reminder'])
  })
})

describe('a reaction is pure', () => {
  /** Notes what a reaction would do. */
  function noting() {
    const notes: unknown[] = []
    const effects: SagaEffects = {
      associate: (...args) => notes.push(['associate', ...args]),
      dissociate: (...args) => notes.push(['dissociate', ...args]),
      schedule: (...args) => notes.push(['schedule', ...args]),
      cancel: (...args) => notes.push(['cancel', ...args]),
      cancelAll: () => notes.push(['cancelAll']),
      execute: ({ command }) => {
        notes.push(['execute', command.type])
        return undefined
      },
      end: () => notes.push(['end']),
    }
    return { notes, effects }
  }

  test('and its parts are carried out in a fixed order', () => {
    const all = defineSaga<{ n: number }, { E: object }, { a: object; b: object }>({
      name: 'all',
      initial: { n: 0 },
      on: {
        E: {
          id: () => 'one',
          handle: () => ({
            end: true,
            commands: [send(account, 'x', { type: 'Explode', data: {} })],
            schedule: { a: { at: '2026-01-01T00:00:00Z' } },
            cancel: ['b'],
            associate: { order: ['1', '2'] },
            dissociate: { order: '0' },
            state: { n: 1 },
          }),
        },
      },
      deadlines: { a: () => ({}), b: () => ({}) },
    })
    const { notes, effects } = noting()
    const event = { type: 'E', data: {}, context }
    expect(addressOf(all, event)).toEqual({ id: 'one', starts: false })
    const reached = react(all, { id: 'one', state: { n: 0 }, ended: false }, event, effects)
    expect(reached).toEqual({ id: 'one', state: { n: 1 }, ended: true })
    expect(notes).toEqual([
      ['dissociate', 'order', '0'],
      ['associate', 'order', '1'],
      ['associate', 'order', '2'],
      ['cancel', 'b'],
      ['schedule', 'a', { at: '2026-01-01T00:00:00Z' }, {}],
      ['execute', 'Explode'],
      ['cancelAll'],
      ['end'],
    ])
  })

  test('and an event of which nothing comes leaves the very same instance', () => {
    const { notes, effects } = noting()
    const ended = { id: 't', state: transfer.initial, ended: true }
    const arrived = { type: 'MoneyArrived', data: { reference: 'r' }, context }
    expect(react(transfer, ended, arrived, effects)).toBe(ended)
    expect(react(transfer, { ...ended }, { ...arrived, type: 'Unknown' }, effects)).toEqual(ended)
    expect(notes).toEqual([])
    expect(addressOf(transfer, { ...arrived, type: 'toString' })).toBeUndefined()
    expect(addressOf(transfer, arrived)).toEqual({ association: { reference: 'r' } })
  })
})
