import { describe, expect, test } from 'vitest'
import type { SampleStore } from '../src/index.ts'
import { createSampleStore, evaluatePromql, parsePromql } from '../src/index.ts'

const values = (source: SampleStore, expression: string, atMs: number) =>
  evaluatePromql(parsePromql(expression), { source, atMs }).map(({ value }) => value)

describe('the store of samples', () => {
  test('lets go of what is older than it must keep, and its memory does not grow', () => {
    const store = createSampleStore({ retention: () => 60_000 })
    const series = store.series({ __name__: 'a' })
    for (let i = 0; i < 100_000; i++) series?.append(i * 1_000, i)

    expect(store.stats()).toMatchObject({ series: 1, samples: 61 })
    expect(store.stats().bytes).toBeLessThanOrEqual(256 * 16)
    expect(values(store, 'count_over_time(a[1m])', 99_999_000)).toEqual([60])
    expect(values(store, 'a', 99_999_000)).toEqual([99_999])
  })

  test('keeps the newest of a series that has too many', () => {
    const store = createSampleStore({ retention: () => Infinity, maxSamplesPerSeries: 100 })
    const series = store.series({ __name__: 'a' })
    for (let i = 0; i < 1_000; i++) series?.append(i, i)

    expect(store.stats().samples).toBeLessThanOrEqual(100)
    expect(store.stats().samples).toBeGreaterThanOrEqual(75)
    expect(values(store, 'max_over_time(a[1m])', 999)).toEqual([999])
  })

  test('refuses further series when there are as many as it may hold, and takes them when there is room again', () => {
    const store = createSampleStore({ retention: () => 10_000, maxSeries: 2 })
    for (const job of ['a', 'b', 'c']) store.series({ __name__: 'up', job })?.append(0, 1)

    expect(store.stats()).toMatchObject({ series: 2, refused: 1 })
    store.series({ __name__: 'up', job: 'b' })?.append(9_000, 1)
    store.prune(15_000)
    expect(store.stats().series).toBe(1)
    expect(store.series({ __name__: 'up', job: 'c' })).toBeDefined()
    expect(values(store, 'count(up)', 9_000)).toEqual([1])
  })

  test('goes on with a series that it had let go of', () => {
    const store = createSampleStore({ retention: () => 10_000 })
    const series = store.series({ __name__: 'up' })
    series?.append(0, 1)
    store.prune(20_000)
    expect(store.stats().series).toBe(0)

    series?.append(20_000, 2)

    expect(values(store, 'up', 20_000)).toEqual([2])
  })

  test('takes no metric that no rule looks at', () => {
    const store = createSampleStore({ retention: (metric) => (metric === 'up' ? 1_000 : undefined) })

    expect(store.series({ __name__: 'down' })).toBeUndefined()
    expect(store.series({ __name__: 'up' })).toBeDefined()
  })

  test('leaves out what does not follow in time', () => {
    const store = createSampleStore({ retention: () => 10_000 })
    const series = store.series({ __name__: 'up' })
    for (const atMs of [1_000, 1_000, 500, 2_000]) series?.append(atMs, atMs)

    expect(values(store, 'count_over_time(up[10s])', 2_000)).toEqual([2])
  })
})
