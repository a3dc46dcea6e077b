import { murmur2, partitionForKey } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { KeylessSpread } from '../src/sender/partitioner.ts'

describe('the partition of a record', () => {
  // The cases of Kafka's own UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Java does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it('is the same for a key as text and as bytes, also beyond ASCII and beyond the scratch space', () => {
    for (const key of ['', 'order-1', 'Größe', '訂單', '🛒', 'x'.repeat(2000)]) {
      expect(partitionForKey(key, 12)).toBe(partitionForKey(Buffer.from(key), 12))
    }
  })

  it('is never negative and covers all partitions', () => {
    const partitions = new Set(Array.from({ length: 1000 }, (_, index) => partitionForKey(`order-${index}`, 7)))
    expect([...partitions].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('stays for records without a key until enough bytes went there, then moves on', () => {
    const spread = new KeylessSpread(100)
    const places = Array.from({ length: 12 }, () => spread.next('orders', 50, 3))
    expect(new Set(places)).toEqual(new Set([0, 1, 2]))
    for (let i = 0; i < 12; i += 2) expect(places[i]).toBe(places[i + 1])
  })
})
