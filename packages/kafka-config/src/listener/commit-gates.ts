import type { ListenerRecord, TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { NextOffset } from './offset-committer.ts'

interface Gated extends TopicPartition {
  /** Offsets of records that are neither handled nor recovered, although later ones are. */
  readonly missing: Set<bigint>
  /** After the last record that was handled. */
  reached: bigint
}

/** What may be committed of a partition in which some record is still on its way to where failed ones go: nothing past it. */
export class CommitGates {
  readonly #gated = new Map<string, Gated>()

  shut({ topic, partition, offset }: ListenerRecord): void {
    const name = partitionName({ topic, partition })
    const gated = this.#gated.get(name) ?? { topic, partition, missing: new Set(), reached: offset }
    gated.missing.add(offset)
    this.#gated.set(name, gated)
  }

  /** `offsets` are those after records that were handled, or recovered at last. */
  pass(records: readonly ListenerRecord[], offsets: readonly NextOffset[]): readonly NextOffset[] {
    if (this.#gated.size === 0) return offsets
    return offsets.map((next) => {
      const gated = this.#gated.get(partitionName(next))
      if (!gated) return next
      for (const { topic, partition, offset } of records) {
        if (partition === next.partition && topic === next.topic) gated.missing.delete(offset)
      }
      if (next.offset > gated.reached) gated.reached = next.offset
      if (gated.missing.size === 0) this.#gated.delete(partitionName(next))
      let { reached: offset } = gated
      for (const missing of gated.missing) if (missing < offset) offset = missing
      return { topic: next.topic, partition: next.partition, offset }
    })
  }
}
