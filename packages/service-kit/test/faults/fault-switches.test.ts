import type { InboxMessage, UnitOfWork } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import { FaultSwitches, NO_FAULTS } from '../../src/faults/fault-switches.ts'

const NOW = '2026-11-27T10:00:00.000Z'
const faultSwitches = () => new FaultSwitches(() => new Date(NOW))
const HANDLED: string[] = []
const handlers = {
  OrderCreatedEvent: ({ id }: InboxMessage) => {
    HANDLED.push(id)
  },
  OrderCancelledEvent: () => {},
}
const message = (id: string): InboxMessage => ({
  id,
  type: 'OrderCreatedEvent',
  key: 'o-1',
  data: {},
  correlationId: 'o-1',
  source: { topic: 'order-events', partition: 0, offset: 1n },
})
const UNIT = {} as UnitOfWork

describe('the handlings of an event type', () => {
  it('fail as often as was set, before they have any effect, and then no more', () => {
    HANDLED.length = 0
    const switches = faultSwitches()
    const { OrderCreatedEvent: handle } = switches.handling(handlers)
    switches.set('handling.OrderCreatedEvent', { effect: 'fail', times: 2, delayMs: 0 })

    expect(() => handle?.(message('a'), UNIT)).toThrow(
      'The fault switch handling.OrderCreatedEvent lets this fail, and 1 more.',
    )
    expect(() => handle?.(message('a'), UNIT)).toThrow(
      expect.objectContaining({ code: 'FAULT_INJECTED', retryable: true }),
    )
    handle?.(message('a'), UNIT)

    expect(HANDLED).toEqual(['a'])
    expect(switches.list()).toEqual([
      { name: 'handling.OrderCreatedEvent', effects: ['fail'], set: null, struck: 2 },
      { name: 'handling.OrderCancelledEvent', effects: ['fail'], set: null, struck: 0 },
    ])
  })

  it('fail until it is taken back when no number is given', () => {
    const switches = faultSwitches()
    const { OrderCreatedEvent: handle } = switches.handling(handlers)
    switches.set('handling.OrderCreatedEvent', { effect: 'fail', times: null, delayMs: 0 })

    for (let time = 0; time < 5; time += 1) expect(() => handle?.(message('a'), UNIT)).toThrow('lets this fail.')
    expect(switches.list()[0]).toEqual({
      name: 'handling.OrderCreatedEvent',
      effects: ['fail'],
      set: { effect: 'fail', times: null, delayMs: 0, left: null, since: NOW },
      struck: 5,
    })
    switches.clear()

    handle?.(message('b'), UNIT)
  })
})

describe('calls to the outside', () => {
  const call = (signal = new AbortController().signal) => ({ request: 'pay', signal })

  it('fail without reaching it', async () => {
    const made: string[] = []
    const switches = faultSwitches()
    const perform = switches.call('payment-gateway', async ({ request }: ReturnType<typeof call>) => made.push(request))
    switches.set('call.payment-gateway', { effect: 'fail', times: 1, delayMs: 0 })

    await expect(perform(call())).rejects.toThrow('The fault switch call.payment-gateway lets this fail, and 0 more.')
    await perform(call())

    expect(made).toEqual(['pay'])
  })

  it('that are slow are given up by who waits, and make no call then', async () => {
    const made: string[] = []
    const switches = faultSwitches()
    const perform = switches.call('courier', async ({ request }: ReturnType<typeof call>) => made.push(request))
    switches.set('call.courier', { effect: 'slow', times: null, delayMs: 60_000 })

    await expect(perform(call(AbortSignal.timeout(5)))).rejects.toThrow('aborted')
    switches.set('call.courier', { effect: 'slow', times: 1, delayMs: 1 })
    await perform(call())

    expect(made).toEqual(['pay'])
  })
})

it('what does not exist cannot be set', () => {
  const switches = faultSwitches()
  switches.handling(handlers)

  expect(() => switches.set('handling.Nothing', { effect: 'fail', times: 1, delayMs: 0 })).toThrow(
    'There is no fault switch handling.Nothing; there are handling.OrderCreatedEvent, handling.OrderCancelledEvent.',
  )
  expect(() => switches.set('handling.OrderCreatedEvent', { effect: 'slow', times: 1, delayMs: 9 })).toThrow(
    'handling.OrderCreatedEvent can fail, not slow.',
  )
})

it('where faults are not enabled handlers and calls are what they were', () => {
  const perform = async () => 1

  expect(NO_FAULTS.handling(handlers)).toBe(handlers)
  expect(NO_FAULTS.call('courier', perform)).toBe(perform)
})
