import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { creationOf } from '../aggregates/decide.ts'

/** So many new streams in a row make the next one likely to be new. */
const CONFIDENCE = 5
/** After a wrong guess so many more are asked for. */
const PENALTY = 50

/**
 * Learns which commands usually start a stream. Such a command on a stream that nobody here knows is decided on the initial
 * state without looking: its first event gets version 1, and if the stream does exist, unique (stream, version) refuses that and everything
 * is read afresh. It saves the reading of what is not there, one round trip of every order's first step in each service.
 */
export class Newcomers {
  readonly #streaks = new Map<string, number>()

  expects(starter: string | undefined): boolean {
    return starter !== undefined && (this.#streaks.get(starter) ?? 0) >= CONFIDENCE
  }

  learn(starter: string, wasNew: boolean): void {
    const streak = this.#streaks.get(starter) ?? 0
    this.#streaks.set(starter, wasNew ? Math.min(streak + 1, CONFIDENCE) : -PENALTY)
  }
}

/** Names the pair of aggregate and command; undefined when the command never starts a stream. */
export const starterOf = (aggregate: AnyAggregate, command: string): string | undefined =>
  creationOf(aggregate, command) === 'never' ? undefined : `${aggregate.name} ${command}`
