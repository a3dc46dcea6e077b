import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordSource } from '../src/index.ts'
import { decodeEvent, EVENT_NAMES, EVENTS, TOPIC_NAMES, TOPICS } from '../src/index.ts'
import { dataOf } from './arbitraries.ts'

const source: RecordSource = { typeId: undefined, topic: 'order-events', fallbackId: 'order-events-3-17' }
const line = { sku: 'A-1', name: 'Lamp', quantity: 1, unitPrice: { amount: 100, currency: 'EUR' } }
const order = {
  orderId: 'order-1',
  customerId: 'customer-1',
  lines: [line],
  total: { amount: 100, currency: 'EUR' },
  shippingAddress: {
    name: 'Ada Example',
    line1: '1 Sample Street',
    city: 'Berlin',
    postalCode: '10115',
    country: 'DE',
  },
  paymentToken: 'tok_ok',
}

function decoded(value: unknown, from: Partial<RecordSource> = {}) {
  const result = decodeEvent(value, { ...source, ...from })
  if (!result.ok) throw new Error(result.message)
  return result
}

describe('a record of a producer that knows only the fields of the event', () => {
  test('is an event of the default type of its topic, with defaults in its envelope', () => {
    const event = decoded(order, { timestamp: 1_772_442_062_345n })

    expect(event).toEqual({
      ok: true,
      type: 'OrderCreatedEvent',
      envelope: {
        eventId: 'order-events-3-17',
        eventType: 'OrderCreatedEvent',
        eventVersion: 1,
        occurredAt: '2026-03-02T09:01:02.345Z',
        correlationId: 'order-1',
        causationId: null,
      },
      data: order,
    })
  })

  test.each(TOPIC_NAMES)('on %s is of the default type there, also after a retry or among the dead letters', (name) => {
    const value = { ...EVENTS[TOPICS[name].defaultType].sample, eventId: undefined, eventType: undefined }

    for (const topic of [name, `${name}-retry-1000`, `${name}-dlt`]) {
      expect(decodeEvent(value, { ...source, topic })).toMatchObject({ ok: true, type: TOPICS[name].defaultType })
    }
  })

  test.each([[undefined], [-1n], [-1]])('has occurred now if its record has no time either: %s', (timestamp) => {
    const before = new Date().toISOString()

    const { occurredAt } = decoded(order, timestamp === undefined ? {} : { timestamp }).envelope

    expect(occurredAt >= before && occurredAt <= new Date().toISOString()).toBe(true)
  })

  test('may write null for everything that it leaves out', () => {
    const absent = { eventId: null, eventType: null, eventVersion: null, occurredAt: null, correlationId: null }

    const event = decoded({ ...order, ...absent, causationId: null, cartId: null }, { timestamp: 0 })

    expect(event.envelope).toMatchObject({ eventId: 'order-events-3-17', eventVersion: 1, correlationId: 'order-1' })
    expect(event.data).toStrictEqual(order)
  })
})

describe("the type of a record is the header's, else the value's, else the topic's", () => {
  const paid = EVENTS.PaymentProcessedEvent.sample

  test('the header wins over the value', () => {
    expect(decoded({ ...paid, eventType: 'OrderCreatedEvent' }, { typeId: 'PaymentProcessedEvent' }).type).toBe(
      'PaymentProcessedEvent',
    )
  })

  test('the value wins over the topic', () => {
    expect(decoded({ orderId: 'order-1', eventType: 'OrderConfirmedEvent' }).type).toBe('OrderConfirmedEvent')
  })
})

describe('dates of any form that Jackson writes become ISO 8601 in UTC', () => {
  const delivered = { ...EVENTS.OrderDeliveredEvent.sample }

  test.each([
    ['seconds', 1772442062.345],
    ['milliseconds', 1772442062345],
    ['fields', [2026, 3, 2, 9, 1, 2, 345_000_000]],
    ['text', '2026-03-02T10:01:02.345678+01:00'],
  ])('%s', (_, date) => {
    const event = decoded({ ...delivered, occurredAt: date, deliveredAt: date }, { topic: 'delivery-events' })

    expect(event.envelope.occurredAt).toBe('2026-03-02T09:01:02.345Z')
    expect(event.data).toMatchObject({ deliveredAt: '2026-03-02T09:01:02.345Z' })
  })
})

describe('unknown fields are ignored', () => {
  test('beside the fields of the event and inside of them', () => {
    const value = {
      ...order,
      channel: 'app',
      lines: [{ ...line, image: 'lamp.png' }],
      shippingAddress: { ...order.shippingAddress, floor: { number: 3 } },
    }

    expect(decoded(value).data).toStrictEqual(order)
  })

  test('whatever they hold', () => {
    const value: unknown = JSON.parse(
      `{"__proto__":{"x":1},"constructor":1,"\\u0000":"\\ud800","deep":${'['.repeat(5000)}${']'.repeat(5000)},${JSON.stringify(order).slice(1)}`,
    )

    expect(decoded(value).data).toStrictEqual(order)
  })

  test('and the value of the record stays as it was', () => {
    const value = { ...order, cartId: null, occurredAt: 1772442062, lines: [{ ...line, image: 'lamp.png' }] }
    const before = structuredClone(value)

    decoded(value)

    expect(value).toEqual(before)
  })
})

describe('a record that is no event', () => {
  test.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [[order], 'a list of 1'],
    ['Ada Example', 'a text of 11 characters'],
    [42, 'a number'],
    [true, 'a boolean'],
  ])('is not an object: %j', (value, kind) => {
    expect(decodeEvent(value, source)).toEqual({
      ok: false,
      code: 'NOT_AN_OBJECT',
      message: `A record of order-events is not an event: expected a JSON object, found ${kind}`,
    })
  })

  test.each([['OrderForgottenEvent'], ['constructor'], ['__proto__'], ['']])('has the unknown type %j', (type) => {
    const expected = {
      ok: false,
      code: 'UNKNOWN_EVENT_TYPE',
      message:
        `A record of order-events has the unknown event type "${type}": expected one of ` +
        'OrderCreatedEvent, OrderConfirmedEvent, OrderCancelledEvent, OrderReturnRequestedEvent, OrderReturnedEvent, ' +
        'OrderCompletedEvent',
    }
    expect(decodeEvent({ ...order, eventType: type }, source)).toEqual(expected)
    expect(decodeEvent(order, { ...source, typeId: type })).toEqual(expected)
  })

  test('has a type that is no text', () => {
    expect(decodeEvent({ ...order, eventType: 7 }, source)).toMatchObject({ ok: false, code: 'UNKNOWN_EVENT_TYPE' })
  })

  test('has no type at all on a topic without a default', () => {
    expect(decodeEvent(order, { ...source, topic: 'invoices' })).toMatchObject({
      code: 'UNKNOWN_EVENT_TYPE',
      message: 'A record of invoices names no event type, and the topic has no default: send __TypeId__ or eventType',
    })
  })

  test.each(EVENT_NAMES)('is %s of a version that is not known yet', (name) => {
    const { sample, topic, version } = EVENTS[name]

    const result = decodeEvent({ ...sample, eventVersion: version + 1 }, { ...source, topic })

    expect(result).toEqual({
      ok: false,
      code: 'UNKNOWN_VERSION',
      message: `${name} ${sample.eventId} of ${topic} has version ${version + 1}, this program knows up to ${version}: update it`,
    })
  })

  test.each([[0], [1.5], [-1], ['1'], [{}], [true]])('has the impossible version %j', (eventVersion) => {
    const result = decodeEvent({ ...order, eventVersion }, source)

    expect(result).toMatchObject({ ok: false, code: 'SCHEMA_VIOLATION' })
    expect(result).toHaveProperty('message', expect.stringContaining('eventVersion: expected an integer of at least 1'))
  })
})

describe('decoding never throws', () => {
  const typeId = fc.option(fc.constantFrom(...EVENT_NAMES, 'toString'), { nil: undefined })
  const topic = fc.constantFrom(...TOPIC_NAMES, 'elsewhere', '')

  test('whatever the value is', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
        typeId,
        topic,
        (value, type, from) => {
          const result = decodeEvent(value, { typeId: type, topic: from, fallbackId: 'x-0-0' })

          expect(typeof result.ok).toBe('boolean')
        },
      ),
      { numRuns: 300 },
    )
  })

  test('whatever takes the place of one field, and then names that field or takes the value', () => {
    const broken = fc.constantFrom(...EVENT_NAMES).chain((name) =>
      fc.record({
        name: fc.constant(name),
        data: dataOf(name),
        field: fc.constantFrom(...Object.keys(EVENTS[name].data.properties)),
        value: fc.jsonValue(),
      }),
    )
    fc.assert(
      fc.property(broken, ({ name, data, field, value }) => {
        const result = decodeEvent({ ...data, [field]: value }, { ...source, typeId: name })

        if (!result.ok) expect(result.message).toContain(`${field}`)
        else expect(result.type).toBe(name)
      }),
      { numRuns: 300 },
    )
  })
})
