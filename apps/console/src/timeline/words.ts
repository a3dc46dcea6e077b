/** `order-service` → `order` */
export const shortService = (name: string): string => name.replace(/-service$/, '')

/** `PaymentProcessedEvent` → `payment processed` */
export const eventWords = (type: string): string =>
  type
    .replace(/Event$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()

/** Time of day in UTC, to the millisecond. */
export const clock = (iso: string): string => iso.slice(11, 23)

/** Time of day in UTC, to the second, with the day when it is another one than that of `now`. */
export const clockOn = (iso: string, now: string): string => {
  const time = `${iso.slice(11, 19)} UTC`
  return iso.slice(0, 10) === now.slice(0, 10) ? time : `${iso.slice(0, 10)} ${time}`
}

const UNITS = [
  { ms: 86_400_000, word: 'd' },
  { ms: 3_600_000, word: 'h' },
  { ms: 60_000, word: 'min' },
  { ms: 1_000, word: 's' },
] as const

/** `4 min 5 s`, `38 ms`, `2.3 s`: two units at most. */
export function span(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1_000) return `${whole} ms`
  if (whole < 10_000) return `${(whole / 1_000).toFixed(1).replace(/\.0$/, '')} s`
  const first = UNITS.findIndex((unit) => whole >= unit.ms)
  const unit = UNITS[first] ?? UNITS[3]
  const count = Math.floor(whole / unit.ms)
  const next = UNITS[first + 1]
  const rest = next === undefined ? 0 : Math.floor((whole - count * unit.ms) / next.ms)
  return rest === 0 || next === undefined ? `${count} ${unit.word}` : `${count} ${unit.word} ${rest} ${next.word}`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Since a beginning, exact enough to tell steps apart: `+89 ms`, `+2.164 s`, `+2:43.581`, `+1:02:43.581`. */
export function offsetText(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1_000) return `+${whole} ms`
  const thousandths = String(whole % 1_000).padStart(3, '0')
  const seconds = Math.floor(whole / 1_000)
  if (seconds < 60) return `+${seconds}.${thousandths} s`
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  return `+${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}.${thousandths}`
}

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** Of deadlines, by owner and name: what happens then. */
const DEADLINES: Readonly<Record<string, string>> = {
  'orderFulfilment wakeUp': 'order is looked at again',
  'delivery AskCourier': 'courier is asked',
  'delivery RequestAttempt': 'next attempt is asked for',
  'payment RetryRefund': 'refund is asked for again',
  'cart Expire': 'cart expires',
}

export const deadlineWords = (title: string): string => DEADLINES[title] ?? title
