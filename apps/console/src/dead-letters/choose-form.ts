import type { DeadLetterState } from '@stocker/dead-letters'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { numberText } from '../web/number-text.ts'
import { CHOOSE_PATH } from './paths.ts'
import { Island as TickRows } from './tick-rows.island.ts'

export interface ChooseFormProps {
  readonly fingerprint: string
  /** Only those in this state are listed. */
  readonly state: DeadLetterState | undefined
  readonly rows: number
  /** How many match, on all pages. */
  readonly matching: number
  /** The list, with a `Tick` in each row. */
  readonly children: VNode
}

/** Around a list: its rows can be ticked and something be done with them, which a page of its own asks about first. */
export function ChooseForm({ fingerprint, state, rows, matching, children }: ChooseFormProps): VNode {
  return html`<form action=${CHOOSE_PATH}>
    <input type="hidden" name="fingerprint" value=${fingerprint} />
    ${state !== undefined && html`<input type="hidden" name="state" value=${state} />`}
    <div class="filters">
      ${island('tick-rows', TickRows, { rows })}
      <label><input type="checkbox" name="all" value="yes" /> All ${numberText(matching)} that match</label>
      <button name="step" value="redrive">Redrive ticked…</button>
      <button name="step" value="park">Park ticked…</button>
      <button name="step" value="discard">Discard ticked…</button>
      <button name="step" value="release">Release ticked…</button>
    </div>
    ${children}
  </form>`
}

export const Tick = ({ id }: { readonly id: string }): VNode =>
  html`<input type="checkbox" name="ids" value=${id} aria-label=${`Tick dead letter ${id}`} /> `
