import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ENVELOPE_FIELDS } from '../src/envelope.ts'
import { decodeEvent, EVENT_NAMES, EVENTS } from '../src/index.ts'
import { hasSample, readSample, sampleFile } from '../src/samples.ts'

const versions = EVENT_NAMES.flatMap((name) =>
  Array.from({ length: EVENTS[name].version }, (_, index) => ({ name, version: index + 1 })),
)

describe('golden samples', () => {
  test.each(versions)('$name of version $version is decoded for ever', ({ name, version }) => {
    expect(hasSample(name, version), `contracts/samples/${sampleFile(name, version)}`).toBe(true)
    const sample = readSample(name, version)
    expect(sample).toMatchObject({ eventType: name, eventVersion: version })

    const decoded = decodeEvent(sample, { typeId: undefined, topic: EVENTS[name].topic, fallbackId: 'unused-0-0' })

    expect(decoded).toMatchObject({ ok: true, type: name })
  })

  test.each(EVENT_NAMES)('%s: the current sample comes through whole', (name) => {
    const { sample, topic, version } = EVENTS[name]

    const decoded = decodeEvent(sample, { typeId: undefined, topic, fallbackId: 'unused-0-0' })

    const envelope = Object.fromEntries(ENVELOPE_FIELDS.map((field) => [field, sample[field]]))
    const data = Object.fromEntries(
      Object.entries(sample).filter(([field]) => !(ENVELOPE_FIELDS as readonly string[]).includes(field)),
    )
    expect(decoded).toStrictEqual({ ok: true, type: name, envelope: { ...envelope, eventVersion: version }, data })
  })

  test.each(EVENT_NAMES)('%s: the current sample shows every field, also the optional ones', (name) => {
    const schema = EVENTS[name].data as { properties: object }

    expect(Object.keys(EVENTS[name].sample)).toEqual(expect.arrayContaining(Object.keys(schema.properties)))
  })

  test('no sample is left without its event', () => {
    const files = readdirSync(new URL('../samples/', import.meta.url))

    expect(files.toSorted()).toEqual(versions.map(({ name, version }) => sampleFile(name, version)).toSorted())
  })

  test('the file of an event is named after it and its version', () => {
    expect(sampleFile('OrderCreatedEvent', 1)).toBe('order-created-event.v1.json')
    expect(sampleFile('ItemAddedToCartEvent', 12)).toBe('item-added-to-cart-event.v12.json')
  })
})
