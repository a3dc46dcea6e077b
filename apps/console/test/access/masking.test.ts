import { EVENT_NAMES, EVENTS, fieldsOf } from '@stocker/contracts'
import { describe, expect, it } from 'vitest'
import { MASK, UNKNOWN_FIELDS } from '../../src/access/mask-payload.ts'
import { maskerOf, UNMASKED } from '../../src/access/masking.ts'

const support = maskerOf('support')
const operator = maskerOf('operator')
const ORDER = EVENTS.OrderCreatedEvent.sample as Record<string, unknown>
const seen = (json: unknown, topic = 'order-events', eventType: string | null = null) =>
  support.payload({ json }, { topic, eventType })

describe('a payload, for who must not see personal values', () => {
  it('shows what the contract does not mark as personal, and hides what it does', () => {
    const { value, masked } = seen(ORDER)

    expect(masked).toBe(true)
    expect(value?.json).toEqual({
      ...ORDER,
      shippingAddress: { name: MASK, line1: MASK, city: MASK, postalCode: MASK, country: MASK },
      paymentToken: MASK,
    })
  })

  it('of every event shows every field that is not personal, and none that is', () => {
    for (const name of EVENT_NAMES) {
      const { sample, topic } = EVENTS[name]
      const text = JSON.stringify(seen(sample, topic).value)
      for (const { path, personal } of fieldsOf(name)) {
        const values = path.includes('[]') ? [] : leaves(at(sample, path))
        for (const value of values) expect([path, text.includes(JSON.stringify(value))]).toEqual([path, !personal])
      }
    }
  })

  it('hides fields that the contract does not know, their names too', () => {
    const { value } = seen({
      ...ORDER,
      nickname: 'Ada',
      'Ada Lovelace': 1,
      lines: [{ ...lineOf(ORDER), gift: 'for Ada' }],
    })

    expect(JSON.stringify(value)).not.toContain('Ada')
    expect(value?.json).toMatchObject({ [UNKNOWN_FIELDS]: MASK, lines: [{ [UNKNOWN_FIELDS]: MASK, sku: 'BOOK-0042' }] })
  })

  it.each([
    ['is of a topic that nobody declared', { price: 0, name: 'Ada' }, 'payroll'],
    ['breaks its contract', { ...ORDER, lines: 'Ada' }, 'order-events'],
    ['is of an unknown type', { ...ORDER, eventType: 'AdaEvent' }, 'order-events'],
    ['is of a later version', { ...ORDER, eventVersion: 9, customerId: 'Ada' }, 'order-events'],
    ['is no object', 'Ada', 'order-events'],
  ])('is hidden whole when it %s', (_why, json, topic) => {
    expect(seen(json, topic)).toEqual({ value: { json: MASK }, masked: true })
  })

  it('is hidden when it is no JSON; a tombstone is shown as one', () => {
    expect(support.payload({ text: '{"name":"Ada' }, { topic: 'order-events' }).value).toEqual({ text: MASK })
    expect(support.payload({ base64: 'QWRh' }, { topic: 'order-events' }).value).toEqual({ text: MASK })
    expect(support.payload(null, { topic: 'order-events' })).toEqual({ value: null, masked: false })
  })

  it('shows the ids of the envelope only where they look like ids, and a reason only where it is a code', () => {
    const cancelled = EVENTS.OrderCancelledEvent.sample
    const { value } = seen({ ...cancelled, causationId: 'Ada Lovelace', reason: 'call me at 0123' })

    expect(value?.json).toMatchObject({ causationId: MASK, reason: MASK, orderId: cancelled.orderId })
    expect(seen({ ...cancelled, reason: 'CUSTOMER_REQUEST' }).value?.json).toMatchObject({ reason: 'CUSTOMER_REQUEST' })
  })

  it('hides what a customer wrote beside the reason of a cancellation', () => {
    const { value } = seen({ ...EVENTS.OrderCancelledEvent.sample, detail: 'Ada has moved' })

    expect(value?.json).toMatchObject({ detail: MASK })
  })
})

describe('a field of a state or a row', () => {
  it.each([
    ['status', 'DELIVERED', 'DELIVERED'],
    ['on_hand', 7, 7],
    ['customerId', 'c-1', 'c-1'],
    ['waitUntil', '2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    ['wait', 'payment', 'payment'],
    ['recalled', true, true],
    ['paymentToken', 'tok_ok', MASK],
    ['postal_code', 10115, MASK],
    ['shippingAddress.country', 'GB', MASK],
    ['lines[0].name', 'Mug', 'Mug'],
    ['product.name', 'Mug', 'Mug'],
    ['name', 'Mug', MASK],
    ['why.detail', 'Ada has moved', MASK],
    ['reason', 'Ada has moved', MASK],
    ['somethingNew', 'Ada', MASK],
    ['somethingNew', 4711, MASK],
    ['somethingNew', '5c4c1e6b-0000-4000-8000-000000000000', '5c4c1e6b-0000-4000-8000-000000000000'],
    ['somethingNew', { Ada: 1 }, { [UNKNOWN_FIELDS]: MASK }],
  ])('%s = %j is seen as %j', (path, value, expected) => {
    expect(support.field(path, value)).toEqual(expected)
  })

  it('is looked into when it is an object, a list or text that holds JSON', () => {
    const address = { name: 'Ada', line1: '12 St James Square', city: 'London', postalCode: 'SW1Y', country: 'GB' }
    const hidden = { name: MASK, line1: MASK, city: MASK, postalCode: MASK, country: MASK }
    const details = { orderId: 'o-1', lines: [{ sku: 'mug', name: 'Mug', quantity: 2 }], shippingAddress: address }

    expect(support.field('details', details)).toEqual({ ...details, shippingAddress: hidden })
    expect(support.field('', { status: 'CREATED', details })).toEqual({
      status: 'CREATED',
      details: { ...details, shippingAddress: hidden },
    })
    expect(support.field('terms', JSON.stringify(details))).toBe(
      JSON.stringify({ ...details, shippingAddress: hidden }),
    )
    expect(support.field('call.address', address)).toEqual(hidden)
  })
})

describe('the text of an error', () => {
  const TEXTS = [
    `Unexpected token 'A', "Ada Lovel"... is not valid JSON`,
    'Key (name)=(Ada Lovelace) already exists.',
    'cannot deliver to `Ada Lovelace`',
    'no mail to ada@example.com, no call to +44 20 7946 0958',
  ]

  it('is not shown to who need not act', () => {
    for (const text of TEXTS)
      expect([support.errorText(text), maskerOf('viewer').errorText(text)]).toEqual([MASK, MASK])
  })

  it('is shown to operators without what it quotes', () => {
    expect(TEXTS.map((text) => operator.errorText(text))).toEqual([
      `Unexpected token ${MASK}, ${MASK}... is not valid JSON`,
      `Key (name)=${MASK} already exists.`,
      `cannot deliver to ${MASK}`,
      `no mail to ${MASK}, no call to ${MASK}`,
    ])
  })

  it('keeps the words of the platform, and what quotes nothing', () => {
    expect(operator.errorText('"OrderCreatedEvent" of \'order-events\': the courier answered 503')).toBe(
      '"OrderCreatedEvent" of \'order-events\': the courier answered 503',
    )
  })

  // Each took minutes when what had been looked through in vain was looked through again from its next character.
  it.each([
    ['one long word', 'a', ''],
    ['a mail address that does not end', '-', 'ada@example'],
    ['quotation marks that are never closed', '\\"', '"'],
    ['apostrophes that are never closed', "\\'", "'"],
    ['curly quotation marks that are never closed', '“', ''],
    ['single curly quotation marks that are never closed', '‘', ''],
  ])('takes no longer than its length, were it %s, and hides what comes before', (_what, part, start) => {
    const rest = start + part.repeat(1_000_000 / part.length)

    expect(operator.errorText(`no mail to 'Ada', ${rest}`) === `no mail to ${MASK}, ${rest}`).toBe(true)
  })
})

describe('keys, headers and ids', () => {
  it('shows a key where the topic’s keys are ids, and hides it elsewhere', () => {
    expect(support.key('mug', 'catalog-events')).toBe('mug')
    expect(support.key('mug', 'order-events-dlt')).toBe('mug')
    expect(support.key('Ada Lovelace', 'order-events')).toBe(MASK)
    expect(support.key('ada', 'payroll')).toBe(MASK)
    expect(support.key('5c4c1e6b-0000-4000-8000-000000000000', 'payroll')).toBe('5c4c1e6b-0000-4000-8000-000000000000')
    expect(support.key(null, 'payroll')).toBeNull()
  })

  it('shows the headers that the platform and Spring write, and hides the values of others', () => {
    expect(support.header({ key: 'kafka_dlt-original-topic', text: 'order-events' })).toEqual({
      key: 'kafka_dlt-original-topic',
      text: 'order-events',
    })
    expect(support.header({ key: 'kafka_dlt-original-offset', base64: 'AAAAAAAAACo=' })).toEqual({
      key: 'kafka_dlt-original-offset',
      base64: 'AAAAAAAAACo=',
    })
    expect(support.header({ key: 'customer', text: 'Ada' })).toEqual({ key: 'customer', text: MASK })
    expect(support.header({ key: 'Ada Lovelace', base64: 'QWRh' })).toEqual({ key: MASK, text: MASK })
    expect(support.header({ key: 'kafka_dlt-exception-fqcn', text: 'Ada Lovelace' }).text).toBe(MASK)
    expect(support.header({ key: 'kafka_dlt-exception-message', text: 'no "Ada"' }).text).toBe(MASK)
    expect(operator.header({ key: 'kafka_dlt-exception-message', text: 'no "Ada"' }).text).toBe(`no ${MASK}`)
  })
})

describe('who gave a reason', () => {
  it('sees everything as it is', () => {
    expect(UNMASKED.payload({ json: ORDER }, { topic: 'order-events' })).toEqual({
      value: { json: ORDER },
      masked: false,
    })
    expect(UNMASKED.field('paymentToken', 'tok_ok')).toBe('tok_ok')
  })
})

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], value)
}

/** Texts and numbers that are long enough not to be found by chance. */
function leaves(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return value.length > 3 ? [value] : []
  return typeof value === 'number' && value > 999 ? [value] : []
}

const lineOf = (order: Record<string, unknown>) => (order.lines as readonly object[])[0]
