import { formatGoGeneral } from './go-format.ts'

const LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'] as const
const SMALL = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'] as const
const DIGITS = 4

/** `1234567` → `1.235M`, as Prometheus' templates do it. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatGoGeneral(value, DIGITS)
  return Math.abs(value) >= 1 ? large(value) : small(value, '')
}

/** Seconds → `1h 2m 3s`; below a minute with four digits. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return formatGoGeneral(value, DIGITS)
  if (value === 0) return '0s'
  if (Math.abs(value) < 1) return small(value, 's')
  const sign = value < 0 ? '-' : ''
  const whole = Math.trunc(Math.abs(value))
  const [days, hours, minutes, seconds] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ]
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`
  if (minutes !== 0) return `${sign}${minutes}m ${seconds}s`
  return `${sign}${formatGoGeneral(Math.abs(value), DIGITS)}s`
}

/** `0.0123` → `1.23%` */
export const humanizePercentage = (value: number): string => `${formatGoGeneral(value * 100, DIGITS)}%`

function large(value: number): string {
  let rest = value
  let step = 0
  while (Math.abs(rest) >= 1_000 && step < LARGE.length - 1) {
    rest /= 1_000
    step += 1
  }
  return `${formatGoGeneral(rest, DIGITS)}${LARGE[step]}`
}

function small(value: number, unit: string): string {
  let rest = value
  let step = 0
  while (Math.abs(rest) < 1 && step < SMALL.length - 1) {
    rest *= 1_000
    step += 1
  }
  return `${formatGoGeneral(rest, DIGITS)}${SMALL[step]}${unit}`
}
