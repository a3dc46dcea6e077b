export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** By how much the median of some values is that of others, to two decimals. */
export function ratio(measured: readonly number[], reference: readonly number[]): number {
  return Math.round((median(measured) / median(reference)) * 100) / 100
}
