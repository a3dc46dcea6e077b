import type { Visitor } from '../access/viewer.ts'
import { Empty, Section, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'
import type { ServiceFaults } from './fault-desk.ts'

export interface FaultsSectionProps {
  readonly offered: readonly ServiceFaults[]
  readonly viewer: Visitor
  readonly mayAct: boolean
}

const EFFECTS = { fail: 'fails', slow: 'is slow' } as const

/** What goes wrong on purpose, and the form for more of it. */
export function faultsSection({ offered, viewer, mayAct }: FaultsSectionProps): VNode {
  const on = offered.flatMap(({ service, faults }) =>
    faults.flatMap(({ name, set, struck }) => (set === null ? [] : [{ service, name, set, struck }])),
  )
  if (offered.length === 0) {
    return html`<${Section} id="faults" title="Faults">
      <${Empty}>The services offer no faults: they do where faults.enabled is true, as npm start sets it.<//>
    <//>`
  }
  return html`<${Section} id="faults" title="Faults" note="What goes wrong on purpose, to see what then happens" actions=${on.length > 0 && mayAct && clearForm(viewer)}>
    ${Table({
      caption: 'Faults that are set',
      rows: on,
      keyOf: ({ service, name }) => `${service} ${name}`,
      markOf: () => 'warn',
      empty: 'Nothing goes wrong on purpose.',
      columns: [
        { head: 'Service', cell: ({ service }) => service },
        { head: 'What', cell: ({ name, set }) => html`<code>${name}</code> ${EFFECTS[set.effect]}` },
        {
          head: 'Left',
          cell: ({ set }) => (set.left === null ? 'until it is taken back' : `${numberText(set.left)} times`),
        },
        { head: 'Slower by', kind: 'number', cell: ({ set }) => (set.effect === 'slow' ? `${set.delayMs} ms` : '–') },
        { head: 'Happened', kind: 'number', cell: ({ struck }) => numberText(struck) },
        { head: 'Since', kind: 'grow', cell: ({ set }) => Time({ at: set.since }) },
      ],
    })}
    ${mayAct && setForm(offered, viewer)}
  <//>`
}

function setForm(offered: readonly ServiceFaults[], viewer: Visitor): VNode {
  return html`<form class="filters" method="post" action="/system/faults">
    <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
    <label>What
      <select name="fault">
        ${offered.map(({ service, faults }) => html`<optgroup label=${service}>${faults.map(({ name }) => html`<option value=${`${service}/${name}`}>${name}</option>`)}</optgroup>`)}
      </select>
    </label>
    <label>Effect <select name="effect"><option value="fail">fails</option><option value="slow">is slow (calls)</option></select></label>
    <label>Times <input name="times" type="number" min="1" max="1000000" value="3" placeholder="until taken back" /></label>
    <label>Slower by, ms <input name="delayMs" type="number" min="0" max="600000" value="5000" /></label>
    <label>Reason <input name="reason" required minlength="3" maxlength="500" autocomplete="off" /></label>
    <button type="submit" class="danger">Let it go wrong</button>
  </form>`
}

function clearForm(viewer: Visitor): VNode {
  return html`<form method="post" action="/system/faults/clear">
    <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
    <button type="submit">Take all back</button>
  </form>`
}
