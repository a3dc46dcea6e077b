import { useEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { Table } from '../web/components/table.ts'
import { Duration, Time } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import { timesShown } from '../web/shown-times.ts'
import { durationText, timeText } from '../web/time-text.ts'
import type { LagPoint } from './lag-history.ts'

const HEIGHT = 220

/** The lag of a group in its last 10 minutes: a picture, moved through by arrow keys, and the same as a table. */
export function LagChart({ points }: { readonly points: readonly LagPoint[] }): VNode {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const latest = useRef(points)
  latest.current = points
  const [at, setAt] = useState<number | null>(null)

  useEffect(() => {
    const element = frame.current
    if (element === null) return
    return draw(
      element,
      () => latest.current,
      (made) => {
        plot.current = made
      },
      setAt,
    )
  }, [])
  useEffect(() => plot.current?.setData(dataOf(points)), [points])

  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step === undefined || plot.current === undefined) return
    event.preventDefault()
    const next = Math.min(points.length - 1, Math.max(0, (at ?? points.length) + step))
    const x = (points[next]?.at ?? 0) / 1000
    plot.current.setCursor({ left: plot.current.valToPos(x, 'x'), top: 0 })
  }

  const shown = at === null ? undefined : points[at]
  return html`<figure class="lag-chart">
    <figcaption>
      <span class="lag-legend lag-records">Records that wait</span>
      <span class="lag-legend lag-seconds">Age of the first of them</span>
      <output aria-live="polite">${shown === undefined ? '' : sentenceOf(shown)}</output>
    </figcaption>
    <div
      class="lag-plot"
      ref=${frame}
      tabindex="0"
      role="application"
      aria-roledescription="chart"
      aria-label="Lag of the last 10 minutes; arrow keys move through it, and the table below has the same"
      onKeyDown=${move}
    ></div>
    <details>
      <summary>The same as a table</summary>
      ${Table<LagPoint>({
        caption: 'Lag of the last 10 minutes, the newest first',
        columns: [
          { head: 'At', cell: (point) => html`<${Time} at=${point.at} form="time" />` },
          {
            head: 'Records that wait',
            kind: 'number',
            cell: ({ lag }) => (lag === null ? 'unknown' : numberText(lag)),
          },
          {
            head: 'Age of the first',
            kind: 'number',
            cell: ({ lagSeconds }) =>
              lagSeconds === null ? 'unknown' : lagSeconds === 0 ? '–' : html`<${Duration} ms=${lagSeconds * 1000} />`,
          },
        ],
        rows: points.toReversed(),
        keyOf: (point) => String(point.at),
        empty: 'The cluster was not looked at yet.',
      })}
    </details>
  </figure>`
}

const sentenceOf = ({ at, lag, lagSeconds }: LagPoint): string => {
  const time = timeText(new Date(at), 'time', timesShown.value)
  if (lag === null) return `${time}: the cluster did not answer`
  if (lag === 0) return `${time}: nothing waits`
  return `${time}: ${numberText(lag)} wait${lagSeconds === null ? '' : `, the first for ${durationText(lagSeconds * 1000)}`}`
}

const dataOf = (points: readonly LagPoint[]): uPlot.AlignedData => [
  points.map(({ at }) => at / 1000),
  points.map(({ lag }) => lag),
  points.map(({ lagSeconds }) => lagSeconds),
]

/** Makes the picture, and makes it again when the theme changes: a canvas has no style sheet. Returns the function that removes it. */
function draw(
  element: HTMLElement,
  points: () => readonly LagPoint[],
  made: (plot: uPlot) => void,
  cursorAt: (index: number | null) => void,
): () => void {
  let plot: uPlot | undefined
  let over = false
  const make = async (): Promise<void> => {
    const { default: Plot } = await import('uplot')
    if (over) return
    plot?.destroy()
    plot = new Plot(optionsFor(element, cursorAt), dataOf(points()), element)
    made(plot)
  }
  void make()
  const theme = new MutationObserver(() => void make())
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const remake = (): void => void make()
  dark.addEventListener('change', remake)
  const size = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT }))
  size.observe(element)
  return () => {
    over = true
    theme.disconnect()
    size.disconnect()
    dark.removeEventListener('change', remake)
    plot?.destroy()
  }
}

function optionsFor(element: HTMLElement, cursorAt: (index: number | null) => void): uPlot.Options {
  const colourOf = (selector: string): string => {
    const found = element.parentElement?.querySelector(selector)
    return found ? getComputedStyle(found).color : 'currentColor'
  }
  const text = colourOf('summary')
  const axis = { stroke: text, grid: { stroke: text, width: 0.15 }, ticks: { stroke: text, width: 0.3 } }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor: { idx } }) => cursorAt(idx ?? null)] },
    scales: {
      // From nothing, and never so fine that a single record looks like a mountain.
      records: { range: (_plot, _min, max) => [0, Math.max(10, max * 1.1)] },
      seconds: { range: (_plot, _min, max) => [0, Math.max(5, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        values: (_plot, splits) => splits.map((second) => timeText(new Date(second * 1000), 'time', timesShown.value)),
      },
      { ...axis, scale: 'records', size: 60, values: (_plot, splits) => splits.map((value) => numberText(value)) },
      {
        ...axis,
        scale: 'seconds',
        side: 1,
        size: 84,
        grid: { show: false },
        values: (_plot, splits) => splits.map((value) => (value === 0 ? '0' : durationText(value * 1000))),
      },
    ],
    series: [
      {},
      { scale: 'records', stroke: colourOf('.lag-records'), width: 2, points: { show: false } },
      { scale: 'seconds', stroke: colourOf('.lag-seconds'), width: 2, dash: [6, 4], points: { show: false } },
    ],
  }
}
