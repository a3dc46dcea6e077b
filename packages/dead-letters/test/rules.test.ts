import { describe, expect, it } from 'vitest'
import { jsonDiff } from '../src/json-diff.ts'
import { mayStart } from '../src/ramp.ts'
import { stateAfterArrival } from '../src/received.ts'
import type { Candidate } from '../src/redrive-plan.ts'
import { planRedrive } from '../src/redrive-plan.ts'
import { DEAD_LETTER_STATES, DEAD_LETTER_STEPS, DEAD_LETTER_TRANSITIONS } from '../src/states.ts'

describe('the states of a dead letter', () => {
  it('are all reached from NEW, and left by a step that somebody takes', () => {
    const reached = new Set<string>(['NEW'])
    for (const state of reached) {
      for (const next of Object.values(DEAD_LETTER_TRANSITIONS[state as 'NEW'])) reached.add(next)
    }

    expect([...reached].sort()).toEqual([...DEAD_LETTER_STATES].sort())
    for (const state of DEAD_LETTER_STATES) expect(Object.keys(DEAD_LETTER_TRANSITIONS[state])).not.toEqual([])
    const used = new Set(DEAD_LETTER_STATES.flatMap((state) => Object.keys(DEAD_LETTER_TRANSITIONS[state])))
    expect([...used].sort()).toEqual([...DEAD_LETTER_STEPS].sort())
  })
})

describe('a further arrival of a dead letter', () => {
  const redrive = (attempt: number) => ({ redrive: { deadLetterId: '1', attempt } })
  const known = { redrives: 2, redrivesLeft: 1 }

  it('of the sending under way makes it new', () => {
    expect(stateAfterArrival({ ...known, state: 'REDRIVING' }, redrive(2))).toBe('NEW')
  })
  it('of its last sending parks it', () => {
    expect(stateAfterArrival({ ...known, state: 'REDRIVING', redrivesLeft: 0 }, redrive(2))).toBe('PARKED')
  })
  it('of a group that reads again what it had handled makes it new', () => {
    expect(stateAfterArrival({ ...known, state: 'REDRIVEN' }, { redrive: undefined })).toBe('NEW')
  })
  it.each([
    ['of an earlier sending', 'REDRIVING', redrive(1)],
    ['that was written twice at the first failure', 'REDRIVING', { redrive: undefined }],
    ['of a sending that was confirmed meanwhile', 'REDRIVEN', redrive(2)],
    ['of one that waits', 'NEW', redrive(2)],
    ['of one that is parked', 'PARKED', redrive(2)],
    ['of one that is discarded', 'DISCARDED', { redrive: undefined }],
  ] as const)('%s changes nothing', (_what, state, failure) => {
    expect(stateAfterArrival({ ...known, state }, failure)).toBe(state)
  })
})

describe('the plan of a redrive', () => {
  const letter = (id: string, other: Partial<Candidate> = {}): Candidate => ({
    id,
    state: 'NEW',
    consumerGroup: 'payments',
    topic: 'orders',
    partition: 0,
    offset: BigInt(id),
    key: '6b',
    behind: null,
    ...other,
  })
  const ids = (candidates: readonly Candidate[]) => planRedrive(candidates).items.map(({ id }) => id)

  it('sends each partition by offset, whatever the order of the dead letters', () => {
    expect(ids([letter('12'), letter('3', { partition: 1 }), letter('9'), letter('100')])).toEqual([
      '9',
      '12',
      '100',
      '3',
    ])
  })

  it('puts records of a key into one sequence, those without key into none', () => {
    const { items } = planRedrive([letter('1'), letter('2'), letter('3', { key: '6c' }), letter('4', { key: null })])

    expect(new Set(items.map(({ sequence }) => sequence)).size).toBe(3)
    expect(items[0]?.sequence).toBe(items[1]?.sequence)
    expect(items[3]?.sequence).toBeNull()
  })

  it.each([
    ['NO_GROUP', { consumerGroup: '' }],
    ['UNDER_WAY', { state: 'REDRIVING' }],
    ['HANDLED', { state: 'REDRIVEN' }],
    ['PARKED', { state: 'PARKED' }],
    ['DISCARDED', { state: 'DISCARDED' }],
  ] as const)('refuses one for %s', (refusal, other) => {
    expect(planRedrive([letter('1', other)])).toEqual({ items: [], refused: [{ id: '1', refusal }] })
  })

  it('refuses what is behind an older one that waits, selected or not, and says behind which', () => {
    expect(planRedrive([letter('5', { behind: '4' }), letter('6')]).refused).toEqual([
      { id: '5', refusal: 'BEHIND_OLDER', behind: '4' },
      { id: '6', refusal: 'BEHIND_OLDER', behind: '5' },
    ])
    expect(planRedrive([letter('5', { state: 'REDRIVING' }), letter('6')]).refused[1]).toEqual({
      id: '6',
      refusal: 'BEHIND_OLDER',
      behind: '5',
    })
  })

  it('lets nobody wait for a parked one', () => {
    expect(ids([letter('5', { state: 'PARKED' }), letter('6')])).toEqual(['6'])
  })
})

describe('the ramp 1, 5, 20, all', () => {
  const may = (started: number, handled: number, maxInFlight = 500) =>
    mayStart([1, 5, 20], { started, handled, failed: 0 }, maxInFlight)

  it('begins with one, and goes on when all before are settled', () => {
    expect([may(0, 0), may(1, 0), may(1, 1), may(6, 5), may(6, 6), may(26, 25), may(26, 26)]).toEqual([
      1, 0, 5, 0, 20, 0, 500,
    ])
  })

  it('counts a failure as settled, so that a redrive that does not stop goes on', () => {
    expect(mayStart([1, 5, 20], { started: 1, handled: 0, failed: 1 }, 500)).toBe(5)
  })

  it('never has more under way than it may', () => {
    expect([may(6, 6, 3), may(28, 26, 3), may(29, 26, 3)]).toEqual([3, 1, 0])
  })
})

it('the diff of two payloads names each changed place by JSON pointer', () => {
  expect(
    jsonDiff({ id: 1, lines: [{ sku: 'mug', n: 2 }], 'a/b': null }, { id: 1, lines: [{ sku: 'mug', n: 3 }, 4], x: {} }),
  ).toEqual([
    { path: '/lines/0/n', before: 2, after: 3 },
    { path: '/lines/1', after: 4 },
    { path: '/a~1b', before: null },
    { path: '/x', after: {} },
  ])
})
