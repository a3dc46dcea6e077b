/** A clock that stands still until a test moves it. */
export function movableClock(start = '2026-03-01T12:00:00.000Z') {
  let now = new Date(start).getTime()
  return {
    now: () => new Date(now),
    /** ISO 8601. */
    in: (ms: number) => new Date(now + ms).toISOString(),
    move: (ms: number) => {
      now += ms
    },
  }
}
