import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'

export interface FactsProps {
  /** Name and value. What is undefined is left out. */
  readonly items: readonly (readonly [ComponentChildren, ComponentChildren])[]
}

/** Facts about one thing, as a definition list. */
export function Facts({ items }: FactsProps): VNode {
  return html`<dl class="facts">
    ${items
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`
}
