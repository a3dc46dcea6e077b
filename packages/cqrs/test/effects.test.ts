import { describe, expect, test } from 'vitest'
import type { InlineProjection, StoredEvent, StreamChange } from '../src/index.ts'
import { defineTable, effectsOf } from '../src/index.ts'
import type { Account } from './bank.ts'
import { account } from './bank.ts'
import { ledger } from './ledger.ts'

const BALANCES = defineTable({
  name: 'balances',
  key: ['id'],
  columns: { id: 'text', balance: 'bigint', last: 'json' },
})

const balances: InlineProjection = {
  name: 'balances',
  aggregates: ['account'],
  project: (changes) => {
    const rows = changes.map(({ id, state, events }) => ({
      id,
      balance: (state as Account).balance,
      last: JSON.stringify({ type: events.at(-1)?.type }),
    }))
    const empty = rows.filter(({ balance }) => balance === 0)
    const filled = rows.filter(({ balance }) => balance > 0)
    return [
      ...(empty.length === 0 ? [] : [BALANCES.delete(empty)]),
      ...(filled.length === 0 ? [] : [BALANCES.upsert(filled)]),
    ]
  },
}

/** Written by hand: the owner is sent once, and rows of the second table are summed up. */
const owners: InlineProjection = {
  name: 'owners',
  aggregates: ['account'],
  project: (changes) => [
    {
      text: 'insert …',
      values: [changes.map(({ id }) => id), changes.map(ownerOf), 'north'],
      effect: {
        table: 'owners',
        verb: 'upsert',
        key: ['id'],
        columns: ['id', 'owner', 'branch'],
        nullKeeps: ['owner'],
      },
    },
    {
      text: 'insert …',
      values: [changes.map(({ events }) => events.length)],
      effect: { table: 'steps', verb: 'insert', key: [], columns: ['steps'] },
    },
    { text: 'notify nobody', values: [] },
  ],
}

const ownerOf = ({ events: [first] }: StreamChange): string | null =>
  first?.type === 'Opened' ? (first.data as { owner: string }).owner : null

let position = 0n

const event = (stream: string, version: number, type: string, data: object): StoredEvent => {
  position += 1n
  return {
    id: `e${position}`,
    stream,
    version,
    type,
    revision: 1,
    data,
    metadata: { correlationId: 'case', causationId: null },
    occurredAt: '2026-01-31T12:00:00.000Z',
    position,
    tx: 1n,
  }
}

const story = (stream = 'account-1') => [
  event(stream, 1, 'Opened', { owner: 'Ann' }),
  event(stream, 2, 'Deposited', { amount: 5 }),
  event(stream, 3, 'Deposited', { amount: 2 }),
  event(stream, 4, 'Withdrawn', { amount: 7 }),
]

describe('the effects of an event', () => {
  test('are what it changed in its aggregate', () => {
    const effects = effectsOf([account], [], story())
    expect(effects.map(({ state }) => state?.changes)).toEqual([
      [{ field: 'open', before: false, after: true }],
      [
        { field: 'balance', before: 0, after: 5 },
        { field: 'movements', before: 0, after: 1 },
      ],
      [
        { field: 'balance', before: 5, after: 7 },
        { field: 'movements', before: 1, after: 2 },
      ],
      [
        { field: 'balance', before: 7, after: 0 },
        { field: 'movements', before: 2, after: 3 },
      ],
    ])
    expect(effects[3]?.state?.before).toEqual({ open: true, balance: 7, movements: 2 })
  })

  test('are the rows that it wrote, changed and deleted', () => {
    expect(effectsOf([account], [balances], story()).map(({ rows }) => rows)).toEqual([
      [{ table: 'balances', verb: 'delete', key: { id: '1' }, columns: [] }],
      [
        {
          table: 'balances',
          verb: 'upsert',
          key: { id: '1' },
          columns: [
            { field: 'balance', before: undefined, after: 5 },
            { field: 'last', before: undefined, after: { type: 'Deposited' } },
          ],
        },
      ],
      [{ table: 'balances', verb: 'upsert', key: { id: '1' }, columns: [{ field: 'balance', before: 5, after: 7 }] }],
      [
        {
          table: 'balances',
          verb: 'delete',
          key: { id: '1' },
          columns: [
            { field: 'balance', before: 7, after: undefined },
            { field: 'last', before: { type: 'Deposited' }, after: undefined },
          ],
        },
      ],
    ])
  })

  test('are those of statements that are written by hand, as their effects say; of others nothing is known', () => {
    const [opened, deposited] = effectsOf([account], [owners], story())
    expect(opened?.rows).toEqual([
      {
        table: 'owners',
        verb: 'upsert',
        key: { id: '1' },
        columns: [
          { field: 'owner', before: undefined, after: 'Ann' },
          { field: 'branch', before: undefined, after: 'north' },
        ],
      },
      { table: 'steps', verb: 'insert', key: {}, columns: [{ field: 'steps', before: undefined, after: 1 }] },
    ])
    expect(deposited?.rows[0]).toEqual({ table: 'owners', verb: 'upsert', key: { id: '1' }, columns: [] })
  })

  test('are told stream by stream in feed order, whatever the order in which the events come', () => {
    const [one, other] = [story('account-1'), story('account-2')]
    const effects = effectsOf([account], [balances], [...other, ...one].toReversed())
    expect(effects.map(({ event: { id } }) => id)).toEqual([...one, ...other].map(({ id }) => id))
    expect(effects.map(({ state }) => state?.after)).toMatchObject(
      [0, 5, 7, 0, 0, 5, 7, 0].map((balance) => ({ balance })),
    )
  })

  test('are not known where the beginning of the stream is missing, or its aggregate', () => {
    const events = [...story().slice(1), event('stranger-1', 1, 'Came', {})]
    expect(effectsOf([account], [balances], events).map(({ state, rows }) => [state, rows])).toEqual(
      events.map(() => [null, []]),
    )
  })

  test('are those of the form of today, for an event that was stored in an old one', () => {
    const moved = event('ledger-1', 1, 'Moved', { amount: 5, fee: 1 })
    const [effects] = effectsOf([ledger], [], [moved])
    expect(effects?.event).toBe(moved)
    expect(effects?.state?.after).toEqual({ cents: 400, lines: ['1: +500 EUR', '1: -100'] })
  })

  test('cannot be told when a statement has other values than its effect says', () => {
    const wrong: InlineProjection = {
      name: 'wrong',
      project: () => [
        { text: '…', values: [['1']], effect: { table: 't', verb: 'insert', key: ['a'], columns: ['a', 'b'] } },
      ],
    }
    expect(() => effectsOf([account], [wrong], story())).toThrow(
      "A statement on 't' has 1 values, its effect names 2 columns.",
    )
  })
})
