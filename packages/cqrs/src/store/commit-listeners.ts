import type { DeadlineChange } from '../deadlines/deadline-changes.ts'
import { earliestDue } from '../deadlines/deadline-changes.ts'
import type { Logger } from '../logger.ts'
import type { StreamChange } from '../read-models/projection.ts'
import type { NewEvent } from './event.ts'

/** The events of one transaction of this process. */
export interface AppendedBatch {
  readonly tx: bigint
  readonly events: readonly NewEvent[]
}

/** Name of a saga → so many steps its instances went on in one transaction of this process. */
export type SagaSteps = ReadonlyMap<string, number>

/** Who wants to know of the commits of this process. */
export class CommitListeners {
  readonly #logger: Logger
  readonly #committed = new Set<(changes: readonly StreamChange[]) => void>()
  readonly #appended = new Set<(batch: AppendedBatch) => void>()
  readonly #scheduled = new Set<(dueAt: string) => void>()
  readonly #moved = new Set<(steps: SagaSteps) => void>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  onCommitted(listener: (changes: readonly StreamChange[]) => void): () => void {
    this.#committed.add(listener)
    return () => this.#committed.delete(listener)
  }

  /** Like `onCommitted`, with the transaction's id; for those who follow the feed. */
  onAppended(listener: (batch: AppendedBatch) => void): () => void {
    this.#appended.add(listener)
    return () => this.#appended.delete(listener)
  }

  /** Called with the earliest of the deadlines that a transaction scheduled. ISO 8601. */
  onScheduled(listener: (dueAt: string) => void): () => void {
    this.#scheduled.add(listener)
    return () => this.#scheduled.delete(listener)
  }

  onSagasMoved(listener: (steps: SagaSteps) => void): () => void {
    this.#moved.add(listener)
    return () => this.#moved.delete(listener)
  }

  tellSagasMoved(
    slots: Iterable<{
      readonly saga: { readonly name: string }
      readonly version: number
      readonly foundVersion: number
    }>,
  ): void {
    if (this.#moved.size === 0) return
    const steps = new Map<string, number>()
    for (const { saga, version, foundVersion } of slots) {
      if (version > foundVersion) steps.set(saga.name, (steps.get(saga.name) ?? 0) + version - foundVersion)
    }
    if (steps.size > 0) this.#callAll(this.#moved, steps)
  }

  tellAppended(batch: AppendedBatch): void {
    this.#callAll(this.#appended, batch)
  }

  tellCommitted(changes: readonly StreamChange[]): void {
    if (changes.length > 0) this.#callAll(this.#committed, changes)
  }

  tellScheduled(deadlines: readonly DeadlineChange[]): void {
    if (deadlines.length === 0 || this.#scheduled.size === 0) return
    const dueAt = earliestDue(deadlines)
    if (dueAt !== undefined) this.#callAll(this.#scheduled, dueAt)
  }

  #callAll<T>(listeners: ReadonlySet<(news: T) => void>, news: T): void {
    for (const listener of listeners) {
      try {
        listener(news)
      } catch (error) {
        // The transaction is committed: nothing that a listener does can make it fail any more.
        this.#logger.error({ err: error }, 'A listener for committed changes threw')
      }
    }
  }
}
