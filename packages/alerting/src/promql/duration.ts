const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}
const PART = /(\d+)(ms|[smhdwy])/g
const WHOLE = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/

/** `1h30m` → milliseconds; undefined for what Prometheus does not read as a duration either. */
export function parsePromDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (text === '' || !WHOLE.test(text)) return undefined
  let ms = 0
  for (const [, count, unit] of text.matchAll(PART)) ms += Number(count) * (UNITS_MS[unit as string] as number)
  return ms
}

/** Milliseconds → `1h30m`, as Prometheus writes it: weeks and years only where nothing smaller is needed. */
export function formatPromDuration(durationMs: number): string {
  if (durationMs === 0) return '0s'
  for (const unit of ['y', 'w']) {
    const unitMs = UNITS_MS[unit] as number
    if (durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`
  }
  let rest = durationMs
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const unitMs = UNITS_MS[unit] as number
    const count = Math.floor(rest / unitMs)
    if (count > 0) text += `${count}${unit}`
    rest -= count * unitMs
  }
  return text
}
