import { describe, expect, test } from 'vitest'
import { defineSaga, reject, send } from '../src/index.ts'
import { sagaFixture } from '../src/testing/index.ts'
import { account } from './bank.ts'
import type { TransferRequest } from './transfer.ts'
import { HOUR_MS, transfer } from './transfer.ts'

const request: TransferRequest = { transferId: 't1', from: 'a', to: 'b', amount: 5 }
const abroad: TransferRequest = { ...request, elsewhere: { bank: 'Rome', reference: 'r1' } }
const asked = (data: TransferRequest) => ({ type: 'TransferRequested', data }) as const
const withdrawn = { type: 'Withdrawn', data: { amount: 5, note: 't1' } } as const
const deposited = { type: 'Deposited', data: { amount: 5, note: 't1' } } as const
const ofAccount = { aggregate: 'account' }
const withdraw = send(account, 'a', { type: 'Withdraw', data: { amount: 5, note: 't1' } })
const depositTo = (id: string) => send(account, id, { type: 'Deposit', data: { amount: 5, note: 't1' } })

const under = () => sagaFixture(transfer)
const sentAbroad = () => under().givenAPublished(asked(abroad)).givenAPublished(withdrawn, ofAccount)

describe('a saga under test', () => {
  test('begins, sends its commands one after the other, and ends', () => {
    under()
      .whenPublishing(asked(request))
      .expectCommands([withdraw])
      .expectActiveSagas(1)
      .andThen()
      .whenPublishing(withdrawn, ofAccount)
      .expectCommands([depositTo('b')])
      .expectState('t1', { status: 'depositing', from: 'a', to: 'b', amount: 5 })
      .andThen()
      .whenPublishing(deposited, ofAccount)
      .expectNoCommands()
      .expectActiveSagas(0)
      .expectEnded('t1')
      .andThen()
      .whenPublishing(asked(request))
      .expectNoCommands()
      .expectEnded('t1')
  })

  test('is passed by what concerns nobody', () => {
    under().whenPublishing(withdrawn, ofAccount).expectActiveSagas(0).expectNoCommands()
    under().givenAPublished(asked(request)).whenPublishing(withdrawn).expectNoCommands()
  })

  test('compensates for a command that is refused, by the answer that the test gives', () => {
    const full = reject('FULL', 'no room for more')
    under()
      .givenAPublished(asked(request))
      .givenRejection('Deposit', full)
      .givenRejection('Withdraw', full)
      .givenRejection('Deposit', null)
      .whenPublishing(withdrawn, ofAccount)
      .expectCommands([depositTo('b')])
      .expectState('t1', ({ status }) => expect(status).toBe('depositing'))
    under()
      .givenRejection('Withdraw', reject('NOT_ENOUGH', 'the balance is too low'))
      .whenPublishing(asked(request))
      .expectCommands([withdraw])
      .expectState('t1', { status: 'refused', from: 'a', to: 'b', amount: 5 })
      .expectEnded('t1')
  })

  test('fails where it has no answer to a refusal', () => {
    const careless = defineSaga<object, { Asked: object }, Record<never, never>>({
      name: 'careless',
      initial: {},
      on: { Asked: { id: () => '1', starts: true, handle: () => ({ commands: [withdraw] }) } },
      deadlines: {},
    })
    expect(() =>
      sagaFixture(careless)
        .givenRejection('Withdraw', reject('NOT_ENOUGH', 'the balance is too low'))
        .whenPublishing({ type: 'Asked', data: {} }),
    ).toThrow(expect.objectContaining({ code: 'SAGA_COMMAND_REJECTED' }))
  })

  test('is found by its associations until it ends', () => {
    const arrived = { type: 'MoneyArrived', data: { reference: 'r1' } } as const
    sentAbroad()
      .whenPublishing({ type: 'MoneyArrived', data: { reference: 'r2' } })
      .expectAssociatedWith('reference', 'r1', 't1')
      .expectAssociatedWith('bank', 'Rome')
      .expectNoAssociationWith('reference', 'r2')
      .andThen()
      .whenPublishing(arrived)
      .expectNoAssociationWith('reference', 'r1')
      .expectNoScheduledDeadlines()
      .expectEnded('t1')
  })

  test('reacts with each of its instances that an event concerns, in the order of their ids', () => {
    const waiting = { status: 'sent', from: 'a', to: 'b', amount: 1 } as const
    under()
      .givenState('t2', { ...waiting, from: 'c' }, { bank: 'Rome', reference: 'r2' })
      .givenState('t1', waiting, { bank: 'Rome', reference: 'r1' })
      .givenState('t3', waiting, { bank: 'Oslo', reference: 'r3' })
      .whenPublishing({ type: 'BankClosed', data: { bank: 'Rome' } })
      .expectCommands([
        send(account, 'a', { type: 'Deposit', data: { amount: 1, note: 't1' } }),
        send(account, 'c', { type: 'Deposit', data: { amount: 1, note: 't2' } }),
      ])
      .expectActiveSagas(3)
      .expectState('t3', waiting)
  })

  test('waits in a time that only the test moves; what is due is due at its own instant, in order', () => {
    under()
      .at('2026-05-01T10:00:00Z')
      .givenAPublished(asked(abroad))
      .whenPublishing(withdrawn, ofAccount)
      .expectScheduledDeadline('overdue', { at: '2026-05-01T11:00:00Z', payload: { reference: 'r1' } })
      .expectScheduledDeadline('reminder', { afterMs: HOUR_MS / 2 }, 't1')
      .andThen()
      .andThenTimeElapses(HOUR_MS / 4)
      .whenTimeElapses(HOUR_MS / 4)
      .expectTriggeredDeadlines(['reminder'])
      .expectNoCommands()
      .expectScheduledDeadline('reminder', { afterMs: HOUR_MS })
      .andThen()
      .whenTimeAdvancesTo('2026-05-01T11:40:00Z')
      .expectTriggeredDeadlines(['overdue', 'reminder'])
      .expectCommands([depositTo('a')])
      .expectScheduledDeadline('reminder', { at: '2026-05-01T12:30:00Z' })
    sentAbroad()
      .andThenTimeAdvancesTo('2026-01-01T05:00:00Z')
      .whenPublishing(deposited, ofAccount)
      .expectNoScheduledDeadlines()
      .expectState('t1', ({ status }) => expect(status).toBe('refunded'))
  })
})

describe('expectations fail when they are wrong', () => {
  const when = () => sentAbroad().whenPublishing({ type: 'BankClosed', data: { bank: 'Rome' } })
  test.each([
    ['other commands', () => when().expectCommands([withdraw]), /transfer sent other commands[\s\S]*account a/],
    ['the same commands twice', () => when().expectCommands([depositTo('a'), depositTo('a')]), /sent other commands/],
    ['no commands', () => when().expectNoCommands(), /sent other commands/],
    ['another state', () => when().expectState('t1', { ...request, status: 'done' }), /'t1' is in another state/],
    ['nobody’s state', () => when().expectState('t9', { ...request, status: 'done' }), /has no instance 't9'/],
    ['another number', () => when().expectActiveSagas(2), /other active instances: t1/],
    ['an end', () => when().expectEnded('t1'), /'t1' has not ended \(t1: active\)/],
    ['an association', () => when().expectAssociatedWith('bank', 'Oslo'), /no transfer is associated with bank = Oslo/],
    ['somebody else’s', () => when().expectAssociatedWith('bank', 'Rome', 't2'), /no transfer t2 is associated/],
    ['no association', () => when().expectNoAssociationWith('bank', 'Rome'), /is associated with bank = Rome/],
    [
      'another time',
      () => when().expectScheduledDeadline('reminder', { afterMs: 1 }),
      /should wait for reminder; scheduled: overdue of 't1' at 2026-01-01T01:00:00.000Z, reminder of 't1'/,
    ],
    [
      'another payload',
      () => when().expectScheduledDeadline('overdue', { afterMs: HOUR_MS, payload: { reference: 'r2' } }),
      /r2/,
    ],
    [
      'a deadline of nobody',
      () => when().expectScheduledDeadline('reminder', { afterMs: HOUR_MS / 2 }, 't2'),
      /should wait for reminder/,
    ],
    ['no deadlines', () => when().expectNoScheduledDeadlines(), /waits for deadlines/],
    ['other deadlines', () => when().expectTriggeredDeadlines(['overdue']), /other deadlines of transfer were due/],
  ])('%s', (_name, expectation, message) => {
    expect(expectation).toThrow(message)
    expect(expectation).toThrow(expect.objectContaining({ code: 'ERR_ASSERTION' }))
  })

  test('an event that it does not wait for', () => {
    expect(() => under().whenPublishing({ type: 'Opened', data: {} } as never)).toThrow(
      /transfer waits for no event 'Opened'; it waits for: TransferRequested/,
    )
  })
})

describe('a saga that breaks its promises', () => {
  const with_ = (handle: (state: { list: unknown[] }) => object) =>
    sagaFixture(
      defineSaga<{ list: unknown[] }, { Came: object }, { tick: object }>({
        name: 'broken',
        initial: { list: [] },
        on: { Came: { id: () => '1', starts: true, handle } },
        deadlines: { tick: () => ({ schedule: { tick: { afterMs: 1 } } }) },
      }),
    )
  const came = { type: 'Came', data: {} } as const

  test('by changing the state that it was given', () => {
    expect(() => with_((state) => ({ state: { list: [state.list.push(1)] } })).whenPublishing(came)).toThrow(
      /not extensible/,
    )
  })
  test('by reacting to something else than event and state', () => {
    let n = 0
    const counting = () => {
      n += 1
      return { state: { list: [n] } }
    }
    expect(() => with_(counting).whenPublishing(came)).toThrow(/broken reacted differently the second time/)
  })
  test('by a state that JSON cannot hold', () => {
    expect(() => with_(() => ({ state: { list: [new Date(0)] } })).whenPublishing(came)).toThrow(
      /does not survive JSON/,
    )
  })
  test('by scheduling for ever', () => {
    const given = with_(() => ({ schedule: { tick: { afterMs: 1 } } })).givenAPublished(came)
    expect(() => given.whenTimeElapses(HOUR_MS)).toThrow(/broken schedules 'tick' again and again/)
  })
})
