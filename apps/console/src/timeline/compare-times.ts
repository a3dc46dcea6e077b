import type { CaseEvent } from './case-trail.ts'
import type { StepDraft } from './message-steps.ts'
import type { Step } from './timeline.ts'
import { HOPS } from './timeline.ts'

/** The same step of another order has the same. */
export type StepName = Pick<Step, 'service' | 'kind' | 'title'>

/** Fewer say nothing. */
const MIN_SAMPLES = 5

/** So much longer than usual is far longer: so many times as long, and by so many milliseconds. */
const FAR_LONGER = { times: 3, byMs: 100 } as const

/** From stored to written, or from a call to its answer. null: it is not done, or when it began is not known. */
export function tookMs(
  { kind, state, hops, root, beganAt }: StepDraft,
  events: ReadonlyMap<string, CaseEvent>,
): number | null {
  if (state !== 'done') return null
  if (kind === 'answer') {
    const asked = events.get(root ?? '')
    return asked === undefined ? null : Math.max(0, beganAt - Date.parse(asked.event.occurredAt))
  }
  return hops.work === null ? null : HOPS.reduce((sum, hop) => sum + (hops[hop] ?? 0), 0)
}

export function compared(
  draft: StepDraft,
  events: ReadonlyMap<string, CaseEvent>,
  usualMs: number | null,
): Pick<Step, 'tookMs' | 'usualMs' | 'slow'> {
  const took = tookMs(draft, events)
  const { times, byMs } = FAR_LONGER
  const slow = took !== null && usualMs !== null && took >= times * usualMs && took - usualMs >= byMs
  return { tookMs: took, usualMs: took === null ? null : usualMs, slow }
}

/** The median of each step, by its name. */
export function usualTimes(
  drafts: readonly StepDraft[],
  events: ReadonlyMap<string, CaseEvent>,
): ReadonlyMap<string, number> {
  const samples = new Map<string, number[]>()
  for (const draft of drafts) {
    const took = tookMs(draft, events)
    if (took === null) continue
    const name = nameOf(draft)
    const known = samples.get(name)
    if (known === undefined) samples.set(name, [took])
    else known.push(took)
  }
  return new Map(
    [...samples].flatMap(([name, all]) => (all.length < MIN_SAMPLES ? [] : [[name, medianOf(all)] as const])),
  )
}

export const nameOf = ({ service, kind, title }: StepName): string => `${service} ${kind} ${title}`

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
