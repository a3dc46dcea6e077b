import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'
import type { StatusKind } from './status.ts'
import { StatusMark } from './status.ts'

export interface FigureProps {
  readonly name: ComponentChildren
  readonly value: ComponentChildren
  readonly unit?: ComponentChildren
  /** Below the value: what it is compared with, a sparkline. */
  readonly note?: ComponentChildren
  readonly kind?: StatusKind
  readonly href?: string
}

/** One number that matters, large. */
export function Figure({ name, value, unit, note, kind, href }: FigureProps): VNode {
  return html`<div class=${`figure ${kind === undefined ? '' : `figure-${kind}`}`}>
    <dt>${kind !== undefined && html`<${StatusMark} kind=${kind} />`}${href === undefined ? name : html`<a href=${href}>${name}</a>`}</dt>
    <dd>
      <span class="figure-value">${value}${unit !== undefined && html`<small> ${unit}</small>`}</span>
      ${note !== undefined && html`<span class="figure-note">${note}</span>`}
    </dd>
  </div>`
}

/** A row of figures. */
export function Figures({ children }: { readonly children: ComponentChildren }): VNode {
  return html`<dl class="figures">${children}</dl>`
}
