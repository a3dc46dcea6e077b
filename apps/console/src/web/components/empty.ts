import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'

/** Where there is nothing to show: say why, and what would make something appear. */
export function Empty({ children }: { readonly children: ComponentChildren }): VNode {
  return html`<p class="empty">${children}</p>`
}
