/** Seconds since `beganAt` (of `performance.now()`), to the millisecond. */
export function secondsSince(beganAt: number): number {
  return Math.round(performance.now() - beganAt) / 1000
}
