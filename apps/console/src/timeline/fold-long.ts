import type { FoldedSteps, Step } from './timeline.ts'

/**
 * A page of thousands of steps helps nobody: of long timelines the middle is folded, service by service. What went wrong is never folded, and neither are
 * the beginning and the end.
 */
export function foldLong(steps: readonly Step[], maxSteps: number): readonly (Step | FoldedSteps)[] {
  if (steps.length <= maxSteps) return steps
  const half = Math.floor(maxSteps / 2)
  const middle = steps.slice(half, steps.length - half)
  return [...steps.slice(0, half), ...foldStretches(middle), ...steps.slice(steps.length - half)]
}

function foldStretches(steps: readonly Step[]): readonly (Step | FoldedSteps)[] {
  const entries: (Step | FoldedSteps)[] = []
  let stretch = new Map<string, FoldedSteps>()
  for (const step of steps) {
    if (step.state !== 'done' || step.attempts.length > 0) {
      entries.push(...stretch.values(), step)
      stretch = new Map()
      continue
    }
    const { id, service, at } = step
    const sofar = stretch.get(service)
    stretch.set(
      service,
      sofar === undefined
        ? { id: `folded/${id}`, kind: 'folded', service, count: 1, at, until: at }
        : { ...sofar, count: sofar.count + 1, until: at },
    )
  }
  return [...entries, ...stretch.values()]
}
