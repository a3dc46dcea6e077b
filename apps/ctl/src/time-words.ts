import { usage } from '@stocker/platform'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `10m`, `2h`, `3d`: milliseconds. @throws PlatformError USAGE */
export function durationOf(text: string, flag: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count === undefined) throw usage(`--${flag} is "${text}"; expected a time such as 90s, 10m, 2h or 3d`)
  return Number(count) * (UNITS_MS[unit] ?? 0)
}

/** `10m` ago, `@12:00` (the last time that it was), or an ISO 8601 time; as ISO 8601. @throws PlatformError USAGE */
export function timeOf(text: string, flag: string, now: Date): string {
  const time = /^\d+[smhd]$/.test(text)
    ? new Date(now.getTime() - durationOf(text, flag))
    : (clockTime(text, now) ?? new Date(text))
  if (Number.isNaN(time.getTime())) {
    throw usage(`--${flag} is "${text}"; expected 10m, 2h, 3d, @12:00 or an ISO 8601 time`)
  }
  return time.toISOString()
}

function clockTime(text: string, now: Date): Date | undefined {
  const [, hours, minutes, seconds = '0'] = /^@([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? []
  if (hours === undefined) return undefined
  const time = new Date(now)
  time.setHours(Number(hours), Number(minutes), Number(seconds), 0)
  if (time > now) time.setDate(time.getDate() - 1)
  return time
}
