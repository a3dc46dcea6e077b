import fc from 'fast-check'
import type { SchemaNode } from '../src/conform.ts'
import { schemaNode } from '../src/conform.ts'
import type { EventEnvelope, EventName } from '../src/index.ts'
import { EVENTS } from '../src/index.ts'

const LONGEST_LIST = 3
/** Free text has no limit of its own. */
const LONGEST_TEXT = 300

/** Any time that four digits of a year can write. */
const time = fc
  .date({ min: new Date('0001-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** Any code point but NUL and half surrogate pairs. */
function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((unit) => unit !== '\0')
  return fc.array(character, { minLength, maxLength, size: 'small' }).map((characters) => characters.join(''))
}

/** Values that a schema allows, up to its bounds. */
function valuesFor(node: SchemaNode): fc.Arbitrary<unknown> {
  if (node.enum !== undefined) return fc.constantFrom(...node.enum)
  if (node.format === 'date-time') return time
  if (node.pattern !== undefined) return fc.stringMatching(new RegExp(node.pattern, 'u'))
  switch (node.type) {
    case 'integer':
      return fc.integer({ min: node.minimum ?? 0, max: node.maximum ?? Number.MAX_SAFE_INTEGER })
    case 'string':
      return text(node.minLength ?? 0, node.maxLength ?? LONGEST_TEXT)
    case 'array':
      return fc.array(valuesFor(node.items ?? {}), { minLength: node.minItems ?? 0, maxLength: LONGEST_LIST })
    case 'object': {
      const fields = Object.entries(node.properties ?? {}).map(
        ([name, property]) => [name, valuesFor(property)] as const,
      )
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(node.required ?? [])], noNullPrototype: true })
    }
    default:
      throw new Error(`no values are known for a schema of type ${node.type}`)
  }
}

export function dataOf(event: EventName): fc.Arbitrary<Record<string, unknown>> {
  return valuesFor(schemaNode(EVENTS[event].data)) as fc.Arbitrary<Record<string, unknown>>
}

export function envelopeOf(event: EventName): fc.Arbitrary<EventEnvelope> {
  return fc.record(
    {
      eventId: fc.uuid({ version: 7 }),
      eventType: fc.constant(event),
      eventVersion: fc.constant(EVENTS[event].version),
      occurredAt: time,
      correlationId: text(1, 100),
      causationId: fc.option(fc.uuid({ version: 7 }), { nil: null }),
    },
    { noNullPrototype: true },
  )
}
