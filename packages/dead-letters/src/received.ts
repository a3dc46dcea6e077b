import type { FailedRecord } from './failed-record.ts'
import type { DeadLetterState } from './states.ts'
import { after } from './states.ts'

export interface KnownDeadLetter {
  readonly state: DeadLetterState
  /** How often it was sent again; the number of the last sending. */
  readonly redrives: number
  readonly redrivesLeft: number
}

/**
 * What a further arrival in a dead-letter topic does to a dead letter that is known.
 *
 * It failed again when it is the sending under way that failed, or when its group handled it once and has read it anew since. Everything else is a
 * copy of what is known, from a process that died between writing the dead letter and committing its offset.
 */
export function stateAfterArrival(
  { state, redrives, redrivesLeft }: KnownDeadLetter,
  { redrive }: Pick<FailedRecord, 'redrive'>,
): DeadLetterState {
  const underWay = state === 'REDRIVING' && redrive?.attempt === redrives
  const readAnew = state === 'REDRIVEN' && redrive === undefined
  if (!underWay && !readAnew) return state
  return after(state, redrivesLeft > 0 ? 'failed-again' : 'used-up') ?? state
}
