import { describe, expect, test } from 'vitest'
import { schemaNode } from '../src/conform.ts'
import { ENVELOPE_FIELDS } from '../src/envelope.ts'
import { CONTRACT_ERRORS, EVENT_NAMES, EVENT_TYPES, EVENTS, fieldsOf, TOPIC_NAMES, TOPICS } from '../src/index.ts'

const declared = TOPIC_NAMES.flatMap((topic) => TOPICS[topic].events)

describe('topics', () => {
  test('every event lies in exactly one topic', () => {
    expect(declared.toSorted()).toEqual([...EVENT_NAMES].toSorted())
    expect(new Set(declared).size).toBe(declared.length)
  })

  test.each(TOPIC_NAMES)('%s is found under its own name, and its events point back to it', (name) => {
    const topic = TOPICS[name]

    expect(topic.name).toBe(name)
    for (const event of topic.events) expect(EVENTS[event]).toMatchObject({ name: event, topic: name, key: topic.key })
  })

  test.each(TOPIC_NAMES)('%s takes the type of an unnamed record from its own events', (name) => {
    expect(TOPICS[name].events).toContain(TOPICS[name].defaultType)
    expect(EVENT_TYPES.defaultTypes[name]).toBe(TOPICS[name].defaultType)
  })

  test.each(TOPIC_NAMES)('%s has one owner and readers that are services', (name) => {
    const { owner, readers, partitions } = TOPICS[name]

    for (const service of [owner, ...readers])
      expect(service).toMatch(/^(cart|order|payment|dispatch|delivery)-service$/)
    expect(new Set(readers).size).toBe(readers.length)
    expect(partitions).toBeGreaterThan(0)
  })

  test('only the catalogue is compacted: of everything else each record counts', () => {
    const compacted = TOPIC_NAMES.filter((name) => TOPICS[name].configs['cleanup.policy'] === 'compact')

    expect(compacted).toEqual(['catalog-events'])
  })
})

describe('events', () => {
  test.each(EVENT_NAMES)('%s: its key is a required text of its data', (name) => {
    const schema = schemaNode(EVENTS[name].data)

    expect(schema.required).toContain(EVENTS[name].key)
    expect(schema.properties?.[EVENTS[name].key]?.type).toBe('string')
  })

  test.each(EVENT_NAMES)('%s: no field hides one of the envelope', (name) => {
    const fields = Object.keys(schemaNode(EVENTS[name].data).properties ?? {})

    expect(fields.filter((field) => (ENVELOPE_FIELDS as readonly string[]).includes(field))).toEqual([])
  })

  test.each(EVENT_NAMES)('%s: each earlier version can be lifted to the next', (name) => {
    const { version, upcasts } = EVENTS[name]

    const earlier = Array.from({ length: version - 1 }, (_, index) => String(index + 1))
    expect(Object.keys(upcasts)).toEqual(earlier)
  })

  test('personal fields are marked, wherever an address, a token or what a customer wrote travels', () => {
    const personal = EVENT_NAMES.flatMap((name) =>
      fieldsOf(name)
        .filter((field) => field.personal)
        .map((field) => `${name}.${field.path}`),
    )

    const address = ['', '.name', '.line1', '.city', '.postalCode', '.country'].map((part) => `shippingAddress${part}`)
    expect(personal).toEqual([
      ...[...address, 'paymentToken'].map((path) => `CartCheckedOutEvent.${path}`),
      ...[...address, 'paymentToken'].map((path) => `OrderCreatedEvent.${path}`),
      'OrderCancelledEvent.detail',
      ...address.map((path) => `OrderDispatchedEvent.${path}`),
      'OrderDeliveredEvent.proof.receivedBy',
    ])
  })
})

test('no contract error is cured by trying again', () => {
  for (const { retryable, meaning } of Object.values(CONTRACT_ERRORS)) {
    expect(retryable).toBe(false)
    expect(meaning).not.toBe('')
  }
})
