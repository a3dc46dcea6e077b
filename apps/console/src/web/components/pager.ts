import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'

export interface PagerProps {
  /** Where the next page is; undefined on the last. */
  readonly next?: string | undefined
  readonly previous?: string | undefined
  /** Where the first page is; undefined on the first. */
  readonly first?: string | undefined
  /** "50 of 1,204": where one is. */
  readonly children?: ComponentChildren
}

/** Ways to the other pages of a list. Nothing where the list fits on one page. */
export function Pager({ next, previous, first, children }: PagerProps): VNode {
  const links = [
    ['First', first],
    ['Previous', previous],
    ['Next', next],
  ] as const
  return html`<nav class="pager" aria-label="Pages">
    ${children !== undefined && html`<span>${children}</span>`}
    ${links.map(([name, href]) => href !== undefined && html`<a class="button" href=${href} rel=${name === 'Next' ? 'next' : undefined}>${name}</a>`)}
  </nav>`
}
