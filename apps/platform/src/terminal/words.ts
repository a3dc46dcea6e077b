/** `PaymentProcessedEvent` → `payment processed`. */
export function eventWords(type: string): string {
  return type
    .replace(/Event$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
}

/** Room for the longest: `cart item quantity changed`. */
export const WORDS_WIDTH = 26

export type Tone = 'good' | 'bad' | 'neutral'

/** An event type says by its name whether something went wrong, or came to a good end after all. */
export function eventTone(type: string): Tone {
  if (/Failed|Rejected|Cancelled|Lost|Expired/.test(type)) return 'bad'
  return /OrderDelivered|OrderCompleted|OrderReturned|PaymentRefundedEvent/.test(type) ? 'good' : 'neutral'
}

/** The end of an id: the beginning of a UUIDv7 is the time, the same for all orders of a minute. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : id.slice(-8)
}

/** `order-service` → `order` */
export function shortService(name: string): string {
  return name.replace(/-service$/, '')
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}

export function thousands(value: number): string {
  return value.toLocaleString('en-US')
}

/** Time of day, in the reader's zone, to the millisecond. */
export function clock(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const ms = String(at.getMilliseconds()).padStart(3, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`
}
