import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { RowLines, Trunk } from './arrow-lines.ts'

/** Pixels: the height at which arrows meet a card, the left edge of a card in its lane, and the tracks before it. */
const MEET = 19
const CARD = 26
/** Pixels: a row that begins with a pause has so much room above its arrows. */
const ABOVE = 28
const trackAt = (track: number): number => 5 + track * 7

/** The arrows of one row, behind its card. Decoration: that one step follows from another is also said in its details. */
export function RowArrows({ lines, lanes }: { readonly lines: RowLines; readonly lanes: number }): VNode {
  const { trunks, branch } = lines
  const x = (lane: number): string => `${(lane * 100) / lanes}%`
  return html`<svg class="arrows" aria-hidden="true" width="100%" height="100%">
    ${trunks.map((trunk) => html`<svg x=${x(trunk.lane)} class="trunk" overflow="visible"><${TrunkLine} ...${trunk} /></svg>`)}
    ${
      branch !== null &&
      html`<g transform=${`translate(${trackAt(branch.track)} 0)`}>
          ${branch.from !== branch.to && html`<line x1=${x(branch.from)} x2=${x(branch.to > branch.from ? branch.to : branch.to + 1)} y1=${MEET} y2=${MEET} />`}
        </g>
        <svg x=${x(branch.to > branch.from || branch.to === branch.from ? branch.to : branch.to + 1)} overflow="visible">
          ${
            branch.to >= branch.from
              ? html`<path d=${`M${trackAt(branch.track)} ${MEET}H${CARD - 2}`} /><path class="head" d=${`M${CARD - 1} ${MEET}l-6-3.5v7z`} />`
              : html`<path d=${`M${trackAt(branch.track)} ${MEET}H-2`} /><path class="head" d=${`M-4 ${MEET}l6-3.5v7z`} />`
          }
        </svg>`
    }
  </svg>`
}

function TrunkLine({ track, part }: Trunk): VNode {
  const x = trackAt(track)
  if (part === 'from') return html`<path d=${`M${CARD} ${MEET}H${x}`} /><line x1=${x} x2=${x} y1=${MEET} y2="100%" />`
  return html`<line x1=${x} x2=${x} y1=${-ABOVE} y2=${part === 'through' ? '100%' : MEET} />`
}
