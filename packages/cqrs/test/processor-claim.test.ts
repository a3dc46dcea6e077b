import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredEvent } from '../src/index.ts'
import type { Token } from '../src/processors/processor-claim.ts'
import { advanced, planClaims, shareOf } from '../src/processors/processor-claim.ts'
import { hashOf, initialSegments } from '../src/processors/segment.ts'

const place = (n: number) => ({ tx: BigInt(n), position: BigInt(n) })

const tokenAt = (id: number, mask: number, n: number, rest: Partial<Token> = {}): Token => ({
  segment: { id, mask },
  epoch: 1n,
  owner: null,
  free: true,
  position: place(n),
  ahead: null,
  replay: null,
  ...rest,
})

const event = (n: number, stream: string): StoredEvent => ({
  ...place(n),
  id: `id-${n}`,
  stream,
  version: n,
  type: 'T',
  revision: 1,
  data: {},
  metadata: { correlationId: 'c', causationId: null },
  occurredAt: '2026-01-01T00:00:00.000Z',
})

const byStream = ({ stream }: StoredEvent) => stream
const versions = (events: readonly StoredEvent[]) => events.map(({ version }) => version)

test('instances that see the same share all segments evenly, without taking one twice', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32 }), names, (n, instances) => {
      const owners = new Map<number, string | null>(initialSegments(n).map(({ id }) => [id, null]))
      const tokens = () => [...owners].map(([id, owner]) => tokenAt(id, n, 0, { owner, free: owner === null }))
      // The first instance was alone, and has everything.
      for (const id of planClaims(tokens(), [], instances[0] as string).claim) owners.set(id, instances[0] as string)
      for (const step of ['release', 'claim'] as const) {
        for (const instance of instances) {
          const plan = planClaims(tokens(), instances, instance)
          for (const id of plan[step]) owners.set(id, step === 'claim' ? instance : null)
        }
      }
      const counts = instances.map((instance) => [...owners.values()].filter((owner) => owner === instance).length)
      expect(counts.reduce((sum, held) => sum + held)).toBe(n)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
  )
})

test('a segment whose owner fell silent is taken, one whose owner lives is not', () => {
  const tokens = [tokenAt(0, 1, 0, { owner: 'dead', free: true }), tokenAt(1, 1, 0, { owner: 'b', free: false })]
  expect(planClaims(tokens, ['b'], 'a')).toEqual({ claim: [0], release: [] })
})

test('a segment gets its own events, in order, none from before its place', () => {
  const events = [1, 2, 3, 4, 5, 6].map((n) => event(n, n % 2 === 0 ? 'even' : 'odd'))
  const even = tokenAt(hashOf('even') & 7, 7, 2)
  expect(versions(shareOf(events, [even], byStream).live)).toEqual([4, 6])
  expect(versions(shareOf(events, [tokenAt(0, 0, 0)], byStream).live)).toEqual([1, 2, 3, 4, 5, 6])
})

test('events without a sequence are spread by their ids', () => {
  const events = Array.from({ length: 200 }, (_, n) => event(n + 1, 'one stream'))
  const [first, second] = initialSegments(2).map(({ id, mask }) => shareOf(events, [tokenAt(id, mask, 0)], () => null))
  expect((first?.live.length ?? 0) + (second?.live.length ?? 0)).toBe(200)
  expect(first?.live.length).toBeGreaterThan(50)
  expect(second?.live.length).toBeGreaterThan(50)
})

test('what was handled before a reset is told from what is new', () => {
  const events = [1, 2, 3, 4].map((n) => event(n, 's'))
  const token = tokenAt(0, 0, 0, { replay: { from: 0n, until: place(2) } })
  const { replayed, live } = shareOf(events, [token], byStream)
  expect([versions(replayed), versions(live)]).toEqual([
    [1, 2],
    [3, 4],
  ])
  expect(advanced(token, place(1)).replay).not.toBeNull()
  expect(advanced(token, place(2)).replay).toBeNull()
})

test('after a merge the faster half gets nothing twice and the slower one loses nothing', () => {
  const events = Array.from({ length: 60 }, (_, n) => event(n + 1, `stream-${n}`))
  const [slow, fast] = initialSegments(2).map(({ id, mask }) => tokenAt(id, mask, 0)) as [Token, Token]
  const before = [
    ...shareOf(events.slice(0, 10), [slow], byStream).live,
    ...shareOf(events.slice(0, 40), [fast], byStream).live,
  ]
  const merged = tokenAt(0, 0, 10, { ahead: { part: fast.segment, position: place(40) } })
  const after = shareOf(events.slice(10), [merged], byStream).live
  expect([...versions(before), ...versions(after)].sort((a, b) => a - b)).toEqual(versions(events))
  expect(advanced(merged, place(39)).ahead).not.toBeNull()
  expect(advanced(merged, place(40)).ahead).toBeNull()
})
