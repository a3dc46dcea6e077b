import { AlertingError } from '../errors.ts'
import type { Labels } from '../promql/labels.ts'
import type { Fits, Matcher } from '../promql/matchers.ts'
import { compileMatchers } from '../promql/matchers.ts'

/** Alerts that it matches are shown, but nobody is told of them. */
export interface Silence {
  readonly id: string
  /** All must fit. */
  readonly matchers: readonly Matcher[]
  readonly startsAt: Date
  readonly endsAt: Date
  readonly createdBy: string
  readonly comment: string
  readonly createdAt: Date
  /** Who ended it before its time. */
  readonly expiredBy: string | null
}

export type SilenceRequest = Pick<Silence, 'matchers' | 'endsAt' | 'createdBy' | 'comment'>

export const isActive = ({ startsAt, endsAt }: Silence, atMs: number): boolean =>
  startsAt.getTime() <= atMs && atMs < endsAt.getTime()

/** Throws SILENCE_INVALID, which says why. */
export function checkSilence({ matchers, endsAt, createdBy, comment }: SilenceRequest, now: Date): void {
  const refuse = (why: string): never => {
    throw new AlertingError('SILENCE_INVALID', why)
  }
  if (matchers.length === 0) refuse('A silence needs at least one matcher.')
  for (const { label } of matchers) if (!/^[a-zA-Z_]\w*$/.test(label)) refuse(`${label} is no name of a label.`)
  if (fitsOf(matchers)({}))
    refuse('All matchers fit an alert without labels: it would silence everything. Name a value.')
  if (Number.isNaN(endsAt.getTime()) || endsAt <= now) refuse('It must end in the future.')
  if (createdBy.trim() === '' || comment.trim() === '') refuse('It needs a name and a reason.')
}

function fitsOf(matchers: readonly Matcher[]): Fits {
  try {
    return compileMatchers(matchers)
  } catch (error) {
    throw new AlertingError('SILENCE_INVALID', `A matcher is no regular expression: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Says of labels which silences hold for them at that time. */
export function silencing(silences: readonly Silence[], atMs: number): (labels: Labels) => readonly Silence[] {
  const active = silences
    .filter((silence) => isActive(silence, atMs))
    .map((silence) => ({ silence, fits: fitsOf(silence.matchers) }))
  return (labels) => active.filter(({ fits }) => fits(labels)).map(({ silence }) => silence)
}
