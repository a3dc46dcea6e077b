import type { Times } from './preferences.ts'

export const TIME_FORMS = ['date-time', 'time', 'precise', 'date'] as const
/** date-time: 2026-11-27 10:30:12 · time: 10:30:12 · precise: 10:30:12.345 · date: 2026-11-27 */
export type TimeForm = (typeof TIME_FORMS)[number]

const PARTS: Readonly<Record<TimeForm, readonly [number, number]>> = {
  'date-time': [0, 19],
  time: [11, 19],
  precise: [11, 23],
  date: [0, 10],
}

/** A moment as text, the same in every language. */
export function timeText(date: Date, form: TimeForm, times: Times): string {
  const shown = times === 'utc' ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  const [from, to] = PARTS[form]
  return shown.toISOString().slice(from, to).replace('T', ' ')
}

/** The two largest units that matter: `38 ms`, `2.4 s`, `4 min 12 s`, `3 h 5 min`, `2 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 0) return `-${durationText(-ms)}`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10} s`
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return two(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min')
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const two = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`
