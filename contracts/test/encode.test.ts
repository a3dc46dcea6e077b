import { describe, expect, test } from 'vitest'
import type { EventEnvelope } from '../src/index.ts'
import { ContractError, encodeEvent, violationsIn } from '../src/index.ts'

const envelope: EventEnvelope = {
  eventId: '019cb0d2-6a40-7c1e-9a52-3f1d0c8e5b71',
  eventType: 'OrderCancelledEvent',
  eventVersion: 1,
  occurredAt: '2026-03-02T09:01:02.345Z',
  correlationId: 'order-1',
  causationId: null,
}
const data = { orderId: 'order-1', reason: 'PAYMENT_FAILED' }

function refusal(encode: () => object): ContractError {
  try {
    encode()
  } catch (error) {
    if (error instanceof ContractError) return error
    throw error
  }
  throw new Error('expected a ContractError')
}

describe('an event is published', () => {
  test('without the fields that its contract does not name', () => {
    const wire = encodeEvent(envelope, { ...data, internalNote: 'secret' })

    expect(wire).toEqual({ ...envelope, ...data })
  })

  test('without optional fields that are undefined or null', () => {
    expect(encodeEvent(envelope, { ...data, detail: undefined })).not.toHaveProperty('detail')
    expect(encodeEvent(envelope, { ...data, detail: null })).not.toHaveProperty('detail')
  })

  test('and neither envelope nor data are changed', () => {
    const frozen = Object.freeze({ ...data, extra: 1 })

    expect(() => encodeEvent(Object.freeze({ ...envelope }), frozen)).not.toThrow()
  })
})

describe('an event is refused before it can be published', () => {
  test('of a type that no contract describes', () => {
    const error = refusal(() => encodeEvent({ ...envelope, eventType: 'OrderForgottenEvent' }, data))

    expect(error).toMatchObject({ code: 'UNKNOWN_EVENT_TYPE', retryable: false, name: 'ContractError' })
    expect(error.message).toBe(
      `Event ${envelope.eventId} cannot be published: no contract describes "OrderForgottenEvent"`,
    )
  })

  test('in a version that is not the current one', () => {
    const error = refusal(() => encodeEvent({ ...envelope, eventVersion: 2 }, data))

    expect(error.code).toBe('UNKNOWN_VERSION')
    expect(error.message).toContain('as version 2: the current one is 1')
  })

  test('with data that break the schema', () => {
    const error = refusal(() => encodeEvent(envelope, { reason: '' }))

    expect(error.code).toBe('SCHEMA_VIOLATION')
    expect(error.message).toBe(
      `OrderCancelledEvent ${envelope.eventId} cannot be published: ` +
        'orderId: expected a text of 1 to 64 characters, found nothing; ' +
        'reason: expected a text of 1 to 100 characters, found ""',
    )
  })

  test.each([
    ['eventId', ''],
    ['eventId', 'x'.repeat(201)],
    ['correlationId', 'half a pair \ud800'],
    ['causationId', 'NUL \0'],
    ['occurredAt', 'soon'],
  ])('with a broken envelope: %s', (field, value) => {
    const error = refusal(() => encodeEvent({ ...envelope, [field]: value }, data))

    expect(error.code).toBe('SCHEMA_VIOLATION')
    expect(error.message).toContain(`${field}: expected`)
  })
})

describe('what is wrong with data is known before the event is stored', () => {
  test('nothing, if it may be published', () => {
    expect(violationsIn('OrderCancelledEvent', data)).toEqual([])
  })

  test('each field with what was expected and found', () => {
    expect(violationsIn('OrderCancelledEvent', { orderId: 5, reason: 'X' })).toEqual([
      { path: 'orderId', expected: 'a text of 1 to 64 characters', found: '5' },
    ])
  })
})
