import type { VNode } from '../html.ts'
import { html } from '../html.ts'

export interface SparklineProps {
  /** The oldest first, at equal distances; a value that is not known breaks the line. */
  readonly values: readonly (number | undefined)[]
  /** What the line shows, as a sentence: "Lag in the last 10 minutes, 0 to 340, now 12". */
  readonly label: string
  /** Pixels, default 120 and 24. */
  readonly width?: number
  readonly height?: number
  /** What the top of the picture stands for; default: the largest value. */
  readonly max?: number
}

/** A small line that shows a course; the exact values are elsewhere. From 0 to the largest value. */
export function Sparkline({ values, label, width = 120, height = 24, max }: SparklineProps): VNode {
  const known = values.filter((value) => value !== undefined)
  const top = Math.max(max ?? 0, ...known, Number.MIN_VALUE)
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const y = (value: number): number => height - 1 - (value / top) * (height - 2)
  let pen = 'M'
  const alone = (at: number): boolean => values[at - 1] === undefined && values[at + 1] === undefined
  const path = values
    .map((value, at) => {
      if (value === undefined) {
        pen = 'M'
        return ''
      }
      // A value between unknown ones is a dot, which a line of no length would not be.
      const point = `${pen}${round(at * step)} ${round(y(value))}${alone(at) ? 'h.01' : ''}`
      pen = 'L'
      return point
    })
    .join('')
  return html`<svg class="sparkline" viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} role="img" aria-label=${label}>
    <path class="sparkline-base" d=${`M0 ${height - 0.5}H${width}`} />
    ${known.length > 0 && html`<path class="sparkline-line" d=${path} />`}
  </svg>`
}

const round = (value: number): number => Math.round(value * 10) / 10
