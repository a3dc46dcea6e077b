import type { ListenerRecord } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { nextOffsets } from '../src/listener/batch-offsets.ts'
import { CommitGates } from '../src/listener/commit-gates.ts'

const records = (partition: number, ...offsets: readonly number[]) =>
  offsets.map((offset) => ({ topic: 'orders', partition, offset: BigInt(offset) }) as ListenerRecord)

/** What may be committed after these, as partition and offset. */
const after = (gates: CommitGates, done: readonly ListenerRecord[]) =>
  gates.pass(done, nextOffsets(done)).map(({ partition, offset }) => [partition, offset])

const shut = (gates: CommitGates, ...missing: readonly ListenerRecord[]) => {
  for (const record of missing) gates.shut(record)
}

describe('what may be committed', () => {
  it('without anything missing is what was handled', () => {
    expect(after(new CommitGates(), [...records(0, 4, 5), ...records(1, 9)])).toEqual([
      [0, 6n],
      [1, 10n],
    ])
  })

  it('ends before the first record that is missing, in its partition alone', () => {
    const gates = new CommitGates()
    shut(gates, ...records(0, 5, 7))
    expect(after(gates, [...records(0, 8, 9), ...records(1, 9)])).toEqual([
      [0, 5n],
      [1, 10n],
    ])
  })

  it('goes on up to the next one when the first is there, and to the end with the last', () => {
    const gates = new CommitGates()
    shut(gates, ...records(0, 5, 7))
    after(gates, records(0, 8, 9))
    expect(after(gates, records(0, 5))).toEqual([[0, 7n]])
    expect(after(gates, records(0, 7))).toEqual([[0, 10n]])
    expect(after(gates, records(0, 10))).toEqual([[0, 11n]])
  })

  it('does not depend on the order in which the missing ones come', () => {
    const gates = new CommitGates()
    shut(gates, ...records(0, 5, 7))
    expect(after(gates, records(0, 7))).toEqual([[0, 5n]])
    expect(after(gates, records(0, 5))).toEqual([[0, 8n]])
  })

  it('is not set back by a record that is handled after its successors', () => {
    const gates = new CommitGates()
    shut(gates, ...records(0, 5, 6))
    after(gates, records(0, 7, 8, 9))
    expect(after(gates, records(0, 5))).toEqual([[0, 6n]])
    expect(after(gates, records(0, 6))).toEqual([[0, 10n]])
  })
})
