import type { VNode } from '../html.ts'
import { html } from '../html.ts'

export interface ShortIdProps {
  readonly id: string
  readonly href?: string
}

/** The last characters of a long id: ids of the same minutes begin alike. The whole one is in the title, and copied with the text. */
export function ShortId({ id, href }: ShortIdProps): VNode {
  const text = id.length > 12 ? html`<span class="id-rest">${id.slice(0, -8)}</span>${id.slice(-8)}` : id
  return href === undefined
    ? html`<code class="id" title=${id}>${text}</code>`
    : html`<a class="id" title=${id} href=${href}><code>${text}</code></a>`
}
