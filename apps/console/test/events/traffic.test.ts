import { describe, expect, it } from 'vitest'
import { range } from '../../../../packages/kafka-config/test/support.ts'
import { topicTraffic } from '../../src/events/traffic.ts'
import type { KafkaMessage } from '../../src/messages/kafka-message.ts'

const START = 1_000_000

function message(offset: number, type: string | null, more: Partial<KafkaMessage> = {}): KafkaMessage {
  const json = { ...(type !== null && { eventType: type }), eventVersion: 1 }
  return {
    topic: 'order-events',
    partition: 0,
    offset: BigInt(offset),
    timestamp: BigInt(START + offset),
    key: 'o',
    type,
    eventId: `e-${offset}`,
    correlationId: null,
    causationId: null,
    value: Buffer.from(JSON.stringify(json)),
    headers: [],
    json,
    ...more,
  }
}

const countsOf = (traffic: ReturnType<typeof topicTraffic>) =>
  Object.fromEntries(traffic.events.filter(({ count }) => count > 0).map(({ event, count }) => [event, count]))

describe('what came of the events lately', () => {
  it('is counted exactly where all of it was looked at, and says when each was last seen', () => {
    const looked = [
      message(-5, 'OrderReturnedEvent'),
      message(1, 'OrderCreatedEvent'),
      message(2, 'OrderCreatedEvent'),
      message(3, 'OrderConfirmedEvent'),
    ]
    const traffic = topicTraffic({ topic: 'order-events', windowStart: START, partitions: [{ count: 3, looked }] })

    expect(countsOf(traffic)).toEqual({ OrderCreatedEvent: 2, OrderConfirmedEvent: 1 })
    expect(traffic.events.every(({ exact }) => exact)).toBe(true)
    expect(traffic.events.find(({ event }) => event === 'OrderReturnedEvent')).toEqual({
      event: 'OrderReturnedEvent',
      count: 0,
      exact: true,
      lastSeenAt: START - 5,
    })
    expect(traffic.count).toBe(3)
  })

  it('is estimated by each partition’s own sample where there is more', () => {
    const partitions = [
      {
        count: 10_000,
        looked: range(100).map((n) => message(n, n < 75 ? 'OrderCreatedEvent' : 'OrderConfirmedEvent')),
      },
      { count: 10, looked: range(10).map((n) => message(n, 'OrderCancelledEvent')) },
    ]
    const traffic = topicTraffic({ topic: 'order-events', windowStart: START, partitions })

    expect(countsOf(traffic)).toEqual({ OrderCreatedEvent: 7_500, OrderConfirmedEvent: 2_500, OrderCancelledEvent: 10 })
    expect(traffic.events.every(({ exact }) => exact)).toBe(false)
  })

  it('takes a record that names no type for the topic’s default, as the services do', () => {
    const traffic = topicTraffic({
      topic: 'order-events',
      windowStart: START,
      partitions: [{ count: 1, looked: [message(1, null)] }],
    })

    expect(countsOf(traffic)).toEqual({ OrderCreatedEvent: 1 })
    expect(traffic.unknown).toEqual([])
  })

  it('names what the contracts do not know, each once, with the newest of it', () => {
    const looked = [
      message(1, 'OrderFrozenEvent'),
      message(2, 'OrderFrozenEvent'),
      message(3, 'PaymentProcessedEvent'),
      message(4, 'OrderCreatedEvent', { json: { eventType: 'OrderCreatedEvent', eventVersion: 9 } }),
      message(5, null, { json: undefined }),
      message(6, null, { json: undefined, value: null }),
    ]
    const { unknown } = topicTraffic({ topic: 'order-events', windowStart: START, partitions: [{ count: 6, looked }] })

    expect(unknown.map(({ type, version, why, count, offset }) => [type, version, why, count, offset])).toEqual([
      ['OrderFrozenEvent', 1, 'type', 2, '2'],
      ['PaymentProcessedEvent', 1, 'type', 1, '3'],
      ['OrderCreatedEvent', 9, 'version', 1, '4'],
      [null, null, 'no event', 1, '5'],
    ])
  })
})
