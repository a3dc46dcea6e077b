/**
 * - NEW: nobody has seen to it yet, or it failed again.
 * - REDRIVING: it is part of a redrive, waiting there, under way, or with the listener.
 * - REDRIVEN: the listener has handled it.
 * - PARKED: put aside by a person, or because it failed again too often. No redrive takes it; `release` makes it NEW.
 * - DISCARDED: a person has decided that it is not to be handled. It stays to be seen.
 */
export const DEAD_LETTER_STATES = ['NEW', 'REDRIVING', 'REDRIVEN', 'PARKED', 'DISCARDED'] as const
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number]

/** What may happen to a dead letter. The first five are a person's doing. */
export const DEAD_LETTER_STEPS = [
  'redrive',
  'edit',
  'park',
  'discard',
  'release',
  'handled',
  'failed-again',
  'used-up',
  'not-sent',
] as const
export type DeadLetterStep = (typeof DEAD_LETTER_STEPS)[number]

/**
 * `failed-again` is `used-up` when no redrive is left. `not-sent`: its redrive ended before its turn came. A REDRIVEN one fails again when
 * its group reads the topic from an earlier offset.
 */
export const DEAD_LETTER_TRANSITIONS: Readonly<
  Record<DeadLetterState, Readonly<Partial<Record<DeadLetterStep, DeadLetterState>>>>
> = {
  NEW: { redrive: 'REDRIVING', edit: 'NEW', park: 'PARKED', discard: 'DISCARDED' },
  REDRIVING: { handled: 'REDRIVEN', 'failed-again': 'NEW', 'used-up': 'PARKED', 'not-sent': 'NEW' },
  REDRIVEN: { 'failed-again': 'NEW', 'used-up': 'PARKED' },
  PARKED: { edit: 'PARKED', discard: 'DISCARDED', release: 'NEW' },
  DISCARDED: { release: 'NEW' },
}

/** States in which a dead letter holds back the later ones of its key. */
export const HOLDING_STATES = ['NEW', 'REDRIVING'] as const satisfies readonly DeadLetterState[]

/** The state after the step; undefined when the step is not possible in this state. */
export function after(state: DeadLetterState, step: DeadLetterStep): DeadLetterState | undefined {
  return DEAD_LETTER_TRANSITIONS[state][step]
}
