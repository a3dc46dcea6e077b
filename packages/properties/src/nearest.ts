/** The candidate spelled most like `name`, or undefined when none is near enough to be what was meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const allowed = Math.max(2, Math.floor(wanted.length / 4))
  const close = closest(wanted, candidates, allowed)
  if (close !== undefined) return close
  // The right key in the wrong section: `consumer.acks` means `producer.acks`.
  const last = lastSegment(wanted)
  return closest(
    wanted,
    candidates.filter((candidate) => lastSegment(candidate.toLowerCase()) === last),
    Number.POSITIVE_INFINITY,
  )
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function closest(wanted: string, candidates: readonly string[], allowed: number): string | undefined {
  let best: string | undefined
  let bestDistance = allowed + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Damerau-Levenshtein (optimal string alignment): insert, delete, replace, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1)
      }
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
