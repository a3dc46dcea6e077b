import type { RuleChart } from '@stocker/alerting'
import { formatLabels } from '@stocker/alerting'
import { Empty, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'

const WIDTH = 720
const HEIGHT = 160
const LINES = 6

/** The values of a rule as lines, its threshold as a dashed one; the same as a table below. */
export function RuleDrawing({ chart }: { readonly chart: RuleChart }): VNode {
  const { threshold, operator, times, series } = chart
  if (series.length === 0) return html`<${Empty}>There is no value: nothing of what the rule looks at is there.<//>`
  const shown = series.slice(0, LINES)
  const values = shown.flatMap((each) => each.values.filter((value) => value !== null))
  const top = Math.max(...values, threshold ?? 0, Number.MIN_VALUE)
  const bottom = Math.min(...values, threshold ?? 0, 0)
  const y = (value: number): number => round(HEIGHT - ((value - bottom) / (top - bottom || 1)) * HEIGHT)
  const label = `${shown.length} of ${series.length} series over a quarter of an hour, from ${numberText(bottom)} to ${numberText(top)}${threshold === undefined ? '' : `; it fires at ${operator} ${numberText(threshold)}`}`
  return html`
    <div class="rule-drawing">
      <span class="rule-top">${numberText(top)}</span>
      <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${label}>
        <path class="rule-base" d=${`M0 ${y(0)}H${WIDTH}`} />
        ${shown.map(({ values: line }, index) => html`<path class=${`rule-line rule-line-${index}`} d=${pathOf(line, y)} />`)}
        ${threshold !== undefined && html`<path class="rule-threshold" d=${`M0 ${y(threshold)}H${WIDTH}`} />`}
      </svg>
      <span class="rule-bottom">${numberText(bottom)}</span>
    </div>
    ${Table({
      caption: 'The newest values',
      keyOf: ({ labels }) => formatLabels(labels),
      rows: series,
      empty: '',
      columns: [
        { head: 'Series', kind: 'grow', cell: ({ labels }) => html`<code>${formatLabels(labels)}</code>` },
        { head: 'Now', kind: 'number', cell: ({ values: line }) => valueText(line.at(-1) ?? null) },
        { head: 'Highest', kind: 'number', cell: ({ values: line }) => valueText(highest(line)) },
        ...(threshold === undefined
          ? []
          : [{ head: 'Fires at', kind: 'number' as const, cell: () => `${operator} ${numberText(threshold)}` }]),
      ],
    })}
    <p class="note">From <${Time} at=${times[0] ?? 0} form="time" /> to <${Time} at=${times.at(-1) ?? 0} form="time" /></p>
  `
}

function pathOf(values: readonly (number | null)[], y: (value: number) => number): string {
  const step = values.length > 1 ? WIDTH / (values.length - 1) : 0
  let pen = 'M'
  let path = ''
  for (const [index, value] of values.entries()) {
    if (value === null) {
      pen = 'M'
      continue
    }
    // A value between two gaps is a dot: a line of no length with round ends.
    path += `${pen}${round(index * step)} ${y(value)}${pen === 'M' ? 'h0' : ''}`
    pen = 'L'
  }
  return path
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

const valueText = (value: number | null): string => (value === null ? '–' : numberText(value))
const round = (value: number): number => Math.round(value * 10) / 10
