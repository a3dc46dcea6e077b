import { Empty } from '../../web/components/empty.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { ExpectedStep, FoldedSteps, Step, Timeline } from '../timeline.ts'
import { isFolded } from '../timeline.ts'
import { IDLE_MS } from '../timeline-text.ts'
import { offsetText, plural, shortService, span } from '../words.ts'
import type { RowLines } from './arrow-lines.ts'
import { arrowLines } from './arrow-lines.ts'
import { ExpectedCard } from './expected-card.ts'
import { RowArrows } from './row-arrows.ts'
import { StepCard } from './step-card.ts'

/** One row in the lane of its service. */
interface Row {
  readonly id: string
  readonly service: string
  readonly cause: string | null
  readonly entry: Step | FoldedSteps | { readonly kind: 'expected'; readonly step: ExpectedStep }
}

/** Lanes that the style sheet has columns for. */
const MAX_LANES = 6

/** The whole order: a lane for each service, a row for each step, arrows from what caused something to what it caused. A list to those who do not see it. */
export function TimelineView({ timeline, now }: { readonly timeline: Timeline; readonly now: number }): VNode {
  const lanes = timeline.lanes.slice(0, MAX_LANES)
  const rows = rowsOf(timeline)
  if (rows.length === 0) return html`<${Empty}>Nothing has happened yet.<//>`
  const laneOf = (service: string): number => Math.max(0, lanes.indexOf(service))
  const lines = arrowLines(rows.map(({ id, service, cause }) => ({ id, lane: laneOf(service), cause })))
  const steps = new Map(timeline.steps.flatMap((entry) => (isFolded(entry) ? [] : [[entry.id, entry] as const])))
  return html`<div class=${`timeline lanes-${lanes.length}`}>
    <div class="lane-heads" aria-hidden="true"><span></span>${lanes.map((lane) => html`<span>${shortService(lane)}</span>`)}</div>
    <div class="lane-grounds" aria-hidden="true">${lanes.map(() => html`<span></span>`)}</div>
    <ol>
      ${rows.map((row, at) => html`<${RowView} key=${row.id} row=${row} lane=${laneOf(row.service)} lanes=${lanes.length} lines=${lines[at]} timeline=${timeline} steps=${steps} now=${now} />`)}
    </ol>
  </div>`
}

function rowsOf({ steps, expected }: Timeline): readonly Row[] {
  return [
    ...steps.map(
      (entry): Row => ({
        id: entry.id,
        service: entry.service,
        cause: isFolded(entry) ? null : (entry.cause?.step ?? null),
        entry,
      }),
    ),
    ...expected
      // A failing message is a step already, with its tries; when it is tried next is said there and above.
      .filter(({ kind, attempts }) => kind !== 'handling' || attempts === 0)
      .map(
        (step): Row => ({ id: step.id, service: step.service, cause: step.cause, entry: { kind: 'expected', step } }),
      ),
  ]
}

interface RowViewProps {
  readonly row: Row
  readonly lane: number
  readonly lanes: number
  readonly lines: RowLines
  readonly timeline: Timeline
  readonly steps: ReadonlyMap<string, Step>
  readonly now: number
}

function RowView({ row: { entry, service }, lane, lanes, lines, timeline, steps, now }: RowViewProps): VNode {
  const arrows = html`<div class="arrows-frame"><${RowArrows} lines=${lines} lanes=${lanes} /></div>`
  const cell = (content: VNode) => html`<div class=${`cell lane-${lane + 1}`}>${content}</div>`
  if (entry.kind === 'expected')
    return html`<li class="row row-expected"><span class="offset">${entry.step.kind === 'event' || entry.step.kind === 'deadline' ? 'to come' : 'now'}</span>${arrows}${cell(html`<${ExpectedCard} step=${entry.step} now=${now} />`)}</li>`
  if (entry.kind === 'folded')
    return html`<li class="row row-folded"><span class="offset">⋯</span>${arrows}${cell(html`<p class="folded">${plural(entry.count, 'more step')} of ${shortService(service)}</p>`)}</li>`
  const cause =
    entry.cause === null ? null : { title: entry.cause.type, service: steps.get(entry.cause.step ?? '')?.service ?? '' }
  const { slowest, orderId } = timeline
  return html`<li class=${`row ${entry.idleMs >= IDLE_MS ? 'row-idle' : ''}`}>
    <span class="offset">${entry.idleMs >= IDLE_MS && html`<span class="idle" title="Nothing happened for so long">⋯ ${span(entry.idleMs)} ⋯</span>`}${offsetText(entry.offsetMs)}</span>
    ${arrows}${cell(html`<${StepCard} step=${entry} orderId=${orderId} cause=${cause} slowest=${slowest?.step === entry.id ? slowest.hop : null} />`)}
  </li>`
}
