import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { identifier } from '../src/schemas.ts'
import { defineTopic } from '../src/topic.ts'
import { upcast } from '../src/upcast.ts'

const { ParcelWeighedEvent } = defineTopic({
  name: 'parcel-events',
  owner: 'parcel-service',
  key: 'parcelId',
  description: 'Parcels',
  partitions: 1,
  configs: {},
  defaultType: 'ParcelWeighedEvent',
  readers: [],
  events: {
    ParcelWeighedEvent: {
      version: 3,
      description: 'A parcel was weighed',
      data: Type.Object({ parcelId: identifier('The parcel'), grams: Type.Integer(), scale: Type.String() }),
      upcasts: {
        1: ({ kilos, ...rest }) => ({ ...rest, grams: (kilos as { value: number }).value * 1000 }),
        2: (value) => ({ ...value, scale: 'unknown' }),
      },
    },
  },
}).events

describe('an event of an earlier version', () => {
  test('is lifted step by step to the current one', () => {
    const first = { parcelId: 'p1', kilos: { value: 2 } }

    expect(upcast(ParcelWeighedEvent, first, 1)).toEqual({ parcelId: 'p1', grams: 2000, scale: 'unknown' })
    expect(first).toEqual({ parcelId: 'p1', kilos: { value: 2 } })
  })

  test('starts at its own version', () => {
    expect(upcast(ParcelWeighedEvent, { parcelId: 'p1', grams: 5 }, 2)).toEqual({
      parcelId: 'p1',
      grams: 5,
      scale: 'unknown',
    })
  })

  test('is refused, not thrown, if it is not what its version promised', () => {
    expect(upcast(ParcelWeighedEvent, { parcelId: 'p1' }, 1)).toBeUndefined()
  })
})

test('the current version is taken as it is', () => {
  const current = { parcelId: 'p1', grams: 5, scale: 'B' }

  expect(upcast(ParcelWeighedEvent, current, 3)).toBe(current)
})
