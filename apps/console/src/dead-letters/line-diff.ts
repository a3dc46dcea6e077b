export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly line: string
}

/** What changed between two texts line by line, by their longest common lines. Made for a payload: time and memory grow with the product of their lines. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')]
  const common = commonLengths(old, fresh)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    const [a, b] = [old[i], fresh[j]]
    if (a !== undefined && a === b) {
      lines.push({ kind: 'same', line: a })
      i++
      j++
    } else if (b === undefined || (a !== undefined && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      lines.push({ kind: 'removed', line: a as string })
      i++
    } else {
      lines.push({ kind: 'added', line: b })
      j++
    }
  }
  return lines
}

/** [i][j]: the length of the longest common sequence of lines of `old` from i and `fresh` from j. */
function commonLengths(old: readonly string[], fresh: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0))
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const [row, next] = [table[i] as number[], table[i + 1] as number[]]
      row[j] = old[i] === fresh[j] ? (next[j + 1] as number) + 1 : Math.max(next[j] as number, row[j + 1] as number)
    }
  }
  return table
}
