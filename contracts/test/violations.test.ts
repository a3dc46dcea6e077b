import { describe, expect, test } from 'vitest'
import type { SchemaNode } from '../src/conform.ts'
import { schemaNode } from '../src/conform.ts'
import type { EventName } from '../src/index.ts'
import { decodeEvent, EVENT_NAMES, EVENTS, PERSONAL } from '../src/index.ts'

interface Place {
  readonly event: EventName
  /** As a message names it, e.g. `lines[0].quantity`. */
  readonly path: string
  readonly steps: readonly (string | number)[]
  readonly node: SchemaNode
  readonly required: boolean
  readonly personal: boolean
}

/** Every place of an event's schema, with the first entry of each list. */
const places: readonly Place[] = EVENT_NAMES.flatMap((event) =>
  placesIn(schemaNode(EVENTS[event].data), { event, path: '', steps: [], required: true, personal: false }),
)

function placesIn(node: SchemaNode, at: Omit<Place, 'node'>): readonly Place[] {
  const personal = at.personal || node[PERSONAL] === true
  const here = at.path === '' ? [] : [{ ...at, node, personal }]
  if (node.items !== undefined) {
    const first = { ...at, path: `${at.path}[0]`, steps: [...at.steps, 0], required: true, personal }
    return [...here, ...placesIn(node.items, first)]
  }
  const fields = Object.entries(node.properties ?? {}).flatMap(([name, property]) =>
    placesIn(property, {
      ...at,
      path: at.path === '' ? name : `${at.path}.${name}`,
      steps: [...at.steps, name],
      required: node.required?.includes(name) === true,
      personal,
    }),
  )
  return [...here, ...fields]
}

/** The golden sample with another value at one place; `undefined` takes the field away. */
function sampleWith({ event, steps }: Place, value: unknown): unknown {
  const sample = structuredClone(EVENTS[event].sample) as Record<string | number, unknown>
  let at = sample
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string | number, unknown>
  const last = steps.at(-1) ?? ''
  if (value === undefined) delete at[last]
  else at[last] = value
  return JSON.parse(JSON.stringify(sample))
}

function refusal(place: Place, value: unknown): string {
  const { topic } = EVENTS[place.event]
  const result = decodeEvent(sampleWith(place, value), { typeId: place.event, topic, fallbackId: 'x-0-0' })
  if (result.ok) throw new Error(`${place.event} was taken with ${JSON.stringify(value)} at ${place.path}`)
  expect(result.code).toBe('SCHEMA_VIOLATION')
  return result.message
}

/** Exactly this place is named, with what was found there. */
function expectNamed(place: Place, message: string, found: string) {
  const { sample, topic } = EVENTS[place.event]
  expect(
    message.startsWith(`${place.event} ${sample.eventId} of ${topic} breaks its contract: ${place.path}: expected `),
  ).toBe(true)
  expect(message.endsWith(`, found ${found}`)).toBe(true)
  expect(message.split(': expected ')).toHaveLength(2)
}

const named = (list: readonly Place[]) => list.map((place) => [`${place.event}.${place.path}`, place] as const)

describe('a violation names its field, what was expected and what was found', () => {
  test.each(named(places.filter((place) => place.required && typeof place.steps.at(-1) === 'string')))(
    '%s is missing',
    (_, place) => {
      expectNamed(place, refusal(place, undefined), 'nothing')
    },
  )

  test.each(named(places))('%s is of another type', (_, place) => {
    if (place.node.type === 'object') expectNamed(place, refusal(place, []), 'a list of 0')
    else expectNamed(place, refusal(place, { unexpected: 1 }), 'an object')
  })

  test.each(named(places.filter((place) => place.required)))('%s is null', (_, place) => {
    expectNamed(place, refusal(place, null), 'null')
  })

  test.each(named(places.filter(({ node }) => node.type === 'integer')))('%s is out of its bounds', (_, place) => {
    const { minimum = 0, maximum = 0 } = place.node
    expectNamed(place, refusal(place, minimum - 1), String(minimum - 1))
    expectNamed(place, refusal(place, maximum + 1), String(maximum + 1))
    expectNamed(place, refusal(place, 1.5), '1.5')
    expectNamed(place, refusal(place, '1'), '"1"')
    expectNamed(place, refusal(place, 1e300), '1e+300')
  })

  test.each(named(places.filter(({ node }) => node.maxLength !== undefined)))('%s is too long or empty', (_, place) => {
    const length = (place.node.maxLength ?? 0) + 1
    expect(refusal(place, 'x'.repeat(length))).toContain(`(${length} characters)`.slice(place.personal ? 1 : 0, -1))
    expectNamed(place, refusal(place, ''), place.personal ? 'a text of 0 characters' : '""')
  })

  test.each(named(places.filter(({ node }) => (node.minItems ?? 0) > 0)))('%s is an empty list', (_, place) => {
    expectNamed(place, refusal(place, []), 'a list of 0')
  })

  test.each(named(places.filter(({ node }) => node.pattern !== undefined)))(
    '%s is not like its pattern',
    (_, place) => {
      for (const text of ['eur', 'EURO', '', 'E1R']) {
        expectNamed(place, refusal(place, text), place.personal ? `a text of ${text.length} characters` : `"${text}"`)
      }
    },
  )

  test.each(named(places.filter(({ node }) => node.format === 'date-time')))('%s is no date', (_, place) => {
    expectNamed(place, refusal(place, 'tomorrow'), '"tomorrow"')
    expectNamed(place, refusal(place, '2026-02-30T00:00:00.000Z'), '"2026-02-30T00:00:00.000Z"')
  })

  test.each(named(places.filter(({ node }) => node.enum !== undefined)))('%s is none of its values', (_, place) => {
    expectNamed(place, refusal(place, 'BAD_LUCK'), '"BAD_LUCK"')
  })

  // One such text in a batch would make PostgreSQL refuse the batch, again and again.
  test.each(named(places.filter(({ node }) => node.type === 'string' && node.format === undefined)))(
    '%s is a text that no database can hold',
    (_, place) => {
      for (const text of ['A\0B', 'A\ud800B']) {
        expectNamed(place, refusal(place, text), 'a text with NUL or half a surrogate pair')
      }
    },
  )

  test('several are named together', () => {
    const { sample } = EVENTS.PaymentFailedEvent
    const value = {
      ...sample,
      orderId: '',
      reason: 'BAD_LUCK',
      message: undefined,
      causationId: 5,
    }

    const result = decodeEvent(value, { typeId: undefined, topic: 'payment-events', fallbackId: 'x-0-0' })

    expect(result).toHaveProperty(
      'message',
      `PaymentFailedEvent ${sample.eventId} of payment-events breaks its contract: ` +
        'message: expected a text, found nothing; ' +
        'orderId: expected a text of 1 to 64 characters, found ""; ' +
        'reason: expected one of DECLINED, INSUFFICIENT_FUNDS, GATEWAY_UNAVAILABLE, found "BAD_LUCK"; ' +
        'causationId: expected a text of 1 to 200 characters, found 5',
    )
  })
})

describe('a message tells nothing about a person', () => {
  const personal = places.filter((place) => place.personal)
  const parents = places.filter(({ path }) => path === 'proof')

  test.each(named([...personal, ...parents]))('%s', (_, place) => {
    const secret = `Ada Example, ${'x'.repeat(300)}`

    // What a customer may write has no limit.
    if (place.path !== 'detail') expect(refusal(place, secret)).not.toContain('Ada')
    expect(refusal(place, 4_111_111_111)).not.toContain('4111111111')
    expect(refusal(place, [secret])).not.toContain('Ada')
    expect(refusal(place, { [secret]: secret })).not.toContain('Ada')
  })

  test('there are such fields', () => {
    expect(personal.length).toBeGreaterThan(10)
  })
})

test('what was found is cut off after forty characters', () => {
  const place = places.find(({ event, path }) => event === 'OrderCreatedEvent' && path === 'customerId')

  const message = place === undefined ? '' : refusal(place, 'c'.repeat(5000))

  expect(message).toContain(`found "${'c'.repeat(39)}… (5000 characters)`)
  expect(message.length).toBeLessThan(250)
})

test('an event id that is no id is not repeated in a message', () => {
  const result = decodeEvent(
    { eventId: 'Ada Example\n' },
    { typeId: undefined, topic: 'order-events', fallbackId: 'x-0-0' },
  )

  expect(result).toHaveProperty('message', expect.stringMatching(/^OrderCreatedEvent of order-events breaks/))
})
