import type { ComponentChildren, VNode } from './html.ts'
import { html } from './html.ts'

/**
 * A part of a page that goes on living in the browser. It is drawn here with `props` and drawn again there by the same component, which `<name>.island.ts`
 * exports as `Island`; the browser loads that file, and what it imports, only on pages that have the island on them.
 *
 * `props` go to the browser as JSON: give it nothing that the viewer must not see, no functions, no dates, no bigints. Names are unique in the console.
 */
export function island<Props extends object>(
  name: string,
  component: (props: Props) => ComponentChildren,
  props: Props,
): VNode {
  return html`<div data-island=${name} data-props=${JSON.stringify(props)}><${component} ...${props} /></div>`
}
