import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'

export interface SectionProps {
  /** Unique on the page; the part of an address after #. */
  readonly id: string
  readonly title: ComponentChildren
  /** Beside the heading, smaller. */
  readonly note?: ComponentChildren
  /** At the right of the heading. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** A part of a page below a heading of its own. */
export function Section({ id, title, note, actions, children }: SectionProps): VNode {
  return html`<section aria-labelledby=${`${id}-title`} id=${id}>
    <header class="section-head">
      <h2 id=${`${id}-title`}>${title}</h2>
      ${note !== undefined && html`<span class="note">${note}</span>`}
      ${actions !== undefined && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  </section>`
}
