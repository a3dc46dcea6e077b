import type { VNode } from '../html.ts'
import { html } from '../html.ts'
import { timesShown } from '../shown-times.ts'
import type { TimeForm } from '../time-text.ts'
import { durationText, timeText } from '../time-text.ts'

export interface TimeProps {
  /** ISO 8601, a date, or milliseconds since 1970. */
  readonly at: string | number | Date
  /** Default `date-time`: 2026-11-27 10:30:12. */
  readonly form?: TimeForm
}

/** A moment, in UTC or in local time as the viewer chose at the top of the page; the title has it exactly. */
export function Time({ at, form = 'date-time' }: TimeProps): VNode {
  const date = new Date(at)
  const iso = date.toISOString()
  return html`<time datetime=${iso} title=${iso} data-form=${form}>${timeText(date, form, timesShown.value)}</time>`
}

export interface AgeProps {
  readonly since: string | number | Date
  /** Default: the clock of whoever draws it. Milliseconds since 1970. */
  readonly now?: number
}

/** How long ago something was; goes on by itself in the browser. */
export function Age({ since, now = Date.now() }: AgeProps): VNode {
  const date = new Date(since)
  const iso = date.toISOString()
  return html`<time datetime=${iso} title=${iso} data-age>${durationText(Math.max(0, now - date.getTime()))}</time>`
}

/** How long something took or takes. */
export function Duration({ ms }: { readonly ms: number }): VNode {
  return html`<span class="duration" title=${`${ms} ms`}>${durationText(ms)}</span>`
}
