import { describe, expect, test } from 'vitest'
import { publicationDifferences } from './publications.ts'

const event = (eventId: string, key = 'o-1') => ({
  topic: 'order-events',
  key,
  eventId,
  eventType: 'OrderCreatedEvent',
})
const stored = [event('1'), event('2'), event('3'), event('1b', 'o-2')]

describe('what is stored and what is published', () => {
  test('agree when each event is there in its order, some of them again', () => {
    expect(publicationDifferences(stored, [event('1b', 'o-2'), ...stored, event('3')])).toEqual([])
  })

  test('differ when one is missing', () => {
    expect(publicationDifferences(stored, [event('1'), event('3'), event('1b', 'o-2')])).toEqual([
      'order-events o-1: 2 events published, 3 stored, or in another order',
    ])
  })

  test('differ when a later one comes first', () => {
    const swapped = [event('2'), event('1'), event('3'), event('1b', 'o-2')]
    expect(publicationDifferences(stored, swapped)).toHaveLength(1)
  })

  test('differ when something is published that nobody stored', () => {
    expect(publicationDifferences(stored, [...stored, event('9', 'o-3')])).toEqual([
      'order-events o-3: 1 events published, 0 stored, or in another order',
    ])
  })
})
