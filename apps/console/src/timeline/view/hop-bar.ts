import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { Hop } from '../timeline.ts'
import { span } from '../words.ts'
import { HOP_WORDS } from './step-words.ts'

export interface HopBarProps {
  readonly hops: readonly { readonly hop: Hop; readonly ms: number }[]
  /** Marked, if it is the slowest of the whole order. */
  readonly slowest: Hop | null
}

/** Where the time of a step went: a bar of its hops, and the same in numbers. */
export function HopBar({ hops, slowest }: HopBarProps): VNode | null {
  const whole = hops.reduce((sum, { ms }) => sum + ms, 0)
  if (hops.length === 0) return null
  let x = 0
  return html`<span class="hops">
    <svg class="hop-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      ${hops.map(({ hop, ms }) => {
        const from = x
        x += whole === 0 ? 0 : (ms / whole) * 100
        return html`<rect class=${`hop-${hop}`} x=${round(from)} width=${round(x - from)} height="4" />`
      })}
    </svg>
    ${hops.map(
      ({ hop, ms }) =>
        html`<span class=${`hop ${hop === slowest ? 'hop-slowest' : ''}`} title=${HOP_WORDS[hop]}><i class=${`hop-${hop}`}></i><span class="unseen">${hop} </span>${span(ms)}${hop === slowest && ' slowest'}</span>`,
    )}
  </span>`
}

const round = (value: number): number => Math.round(value * 10) / 10
