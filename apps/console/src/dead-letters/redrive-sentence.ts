import { numberText } from '../web/number-text.ts'
import type { RedriveProgress } from './redrive-progress.ts'

/** How a redrive is, in one sentence. */
export function redriveSentence({
  counts,
  endedAt,
  state,
}: Pick<RedriveProgress, 'counts' | 'endedAt' | 'state'>): string {
  const { total, handled, failed, released } = counts
  const done = `${numberText(handled)} of ${numberText(total)} handled`
  const failures = failed === 0 ? '' : `, ${numberText(failed)} failed again`
  const unsent = released === 0 ? '' : `, ${numberText(released)} not sent`
  if (endedAt === null) return `${done}${failures}${unsent}; ${state === 'STOPPED' ? 'stopping' : 'under way'}.`
  return handled === total ? `All ${numberText(total)} handled.` : `${done}${failures}${unsent}.`
}
