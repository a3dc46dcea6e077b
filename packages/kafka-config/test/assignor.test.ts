import { describe, expect, it } from 'vitest'
import { assign } from '../src/listener/assignor.ts'

const member = (memberId: string, topics: readonly string[], groupInstanceId: string | null = null) => ({
  memberId,
  groupInstanceId,
  topics,
})
const counts = new Map([
  ['orders', 3],
  ['payments', 3],
])
const both = ['orders', 'payments']

function places(strategy: 'range' | 'roundrobin', members: Parameters<typeof assign>[1]): Record<string, string[]> {
  const assignments = assign(strategy, members, counts)
  return Object.fromEntries(
    [...assignments].map(([id, partitions]) => [id, partitions.map(({ topic, partition }) => `${topic}-${partition}`)]),
  )
}

// The expectations are the examples in the documentation of Kafka's RangeAssignor and RoundRobinAssignor.
describe('partitions are assigned as by Kafka', () => {
  it('range: the same partitions of both topics to one member', () => {
    expect(places('range', [member('c1', both), member('c0', both)])).toEqual({
      c0: ['orders-0', 'orders-1', 'payments-0', 'payments-1'],
      c1: ['orders-2', 'payments-2'],
    })
  })

  it('roundrobin: one after the other over all topics', () => {
    expect(places('roundrobin', [member('c1', both), member('c0', both)])).toEqual({
      c0: ['orders-0', 'orders-2', 'payments-1'],
      c1: ['orders-1', 'payments-0', 'payments-2'],
    })
  })

  it('roundrobin: nothing of a topic to a member that does not read it', () => {
    expect(places('roundrobin', [member('c0', ['orders']), member('c1', both)])).toEqual({
      c0: ['orders-0', 'orders-2'],
      c1: ['orders-1', 'payments-0', 'payments-1', 'payments-2'],
    })
  })

  it('more members than partitions: some have none', () => {
    const assignment = places(
      'range',
      ['a', 'b', 'c', 'd'].map((id) => member(id, ['orders'])),
    )
    expect(assignment).toEqual({ a: ['orders-0'], b: ['orders-1'], c: ['orders-2'], d: [] })
  })

  it('static members keep their partitions whatever member id a restart gives them', () => {
    const before = places('range', [member('x9', both, 'app-1'), member('a0', both, 'app-2')])
    const after = places('range', [member('a1', both, 'app-1'), member('x8', both, 'app-2')])
    expect(after.a1).toEqual(before.x9)
    expect(after.x8).toEqual(before.a0)
  })

  it('a topic that does not exist is nobody’s', () => {
    expect(places('range', [member('a', ['gone'])])).toEqual({ a: [] })
  })
})
