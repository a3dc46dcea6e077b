import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENVELOPE_FIELDS } from '../src/envelope.ts'
import { decodeEvent, EVENT_NAMES, EVENTS, encodeEvent } from '../src/index.ts'
import { dataOf, envelopeOf } from './arbitraries.ts'

describe.each(EVENT_NAMES)('%s', (name) => {
  const source = { typeId: undefined, topic: EVENTS[name].topic, fallbackId: 'unused-0-0' }

  test('comes back from the wire as it went', () => {
    fc.assert(
      fc.property(envelopeOf(name), dataOf(name), (envelope, data) => {
        const received: unknown = JSON.parse(JSON.stringify(encodeEvent(envelope, data)))

        expect(decodeEvent(received, source)).toStrictEqual({ ok: true, envelope, type: name, data })
      }),
      { numRuns: 50 },
    )
  })

  test('is one flat object on the wire, the envelope first', () => {
    fc.assert(
      fc.property(envelopeOf(name), dataOf(name), (envelope, data) => {
        const wire = encodeEvent(envelope, data)

        expect(wire).toEqual({ ...envelope, ...data })
        expect(Object.keys(wire).slice(0, ENVELOPE_FIELDS.length)).toEqual(ENVELOPE_FIELDS)
      }),
      { numRuns: 20 },
    )
  })
})
