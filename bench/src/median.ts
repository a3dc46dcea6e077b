/** Of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (place: number): number => sorted[place] ?? Number.NaN
  return (at((values.length - 1) >> 1) + at(values.length >> 1)) / 2
}

/** By how much the median of some values is that of others, to two decimals. */
export function ratio(measured: readonly number[], reference: readonly number[]): number {
  return Math.round((median(measured) / median(reference)) * 100) / 100
}
