import type { VNode } from '../html.ts'
import { html } from '../html.ts'
import type { StatusKind } from './status.ts'

export interface BarProps {
  readonly value: number
  /** What the full width stands for. */
  readonly of: number
  /** As a sentence; left out where the value stands beside it as text. */
  readonly label?: string
  readonly kind?: StatusKind
}

/** A share of a whole, as a bar. */
export function Bar({ value, of, label, kind = 'info' }: BarProps): VNode {
  const width = of <= 0 ? 0 : Math.max(0, Math.min(1, value / of)) * 100
  return html`<svg class=${`bar bar-${kind}`} viewBox="0 0 100 8" preserveAspectRatio="none" role=${label === undefined ? undefined : 'img'} aria-label=${label} aria-hidden=${label === undefined ? 'true' : undefined}>
    <rect class="bar-whole" width="100" height="8" /><rect class="bar-part" width=${Math.round(width * 10) / 10} height="8" />
  </svg>`
}
