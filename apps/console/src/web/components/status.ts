import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'

/**
 * - ok: as it should be · busy: under way · info: worth knowing
 * - warn: look at it today · bad: look at it now · idle: nothing to do, stopped on purpose, unknown
 */
export const STATUS_KINDS = ['ok', 'busy', 'info', 'warn', 'bad', 'idle'] as const
export type StatusKind = (typeof STATUS_KINDS)[number]

/** A shape for each kind, of 12 by 12: colour alone tells nothing to many people. */
const SHAPES: Readonly<Record<StatusKind, { readonly fill?: string; readonly line?: string }>> = {
  ok: { fill: 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Z', line: 'M3.6 6.2 5.3 7.9 8.5 4.4' },
  busy: { fill: 'M6 1a5 5 0 0 1 0 10Z', line: 'M6 1.5a4.5 4.5 0 1 0 0 9' },
  info: { fill: 'M6 .8 11.2 6 6 11.2 .8 6Z' },
  warn: { fill: 'M6 .8 11.6 11H.4Z', line: 'M6 4.5v3M6 9.2v.1' },
  bad: { fill: 'M3.6 .6h4.8l3 3v4.8l-3 3H3.6l-3-3V3.6Z', line: 'M4 4l4 4M8 4 4 8' },
  idle: { line: 'M6 1.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z' },
}

export interface StatusProps {
  readonly kind: StatusKind
  /** The word for it: without one, the mark would be for the eye alone. */
  readonly children: ComponentChildren
  readonly title?: string
}

/** A state: shape, colour and word. */
export function Status({ kind, children, title }: StatusProps): VNode {
  return html`<span class=${`status status-${kind}`} title=${title}><${StatusMark} kind=${kind} />${children}</span>`
}

/** Only the shape, for places that say the word beside it. */
export function StatusMark({ kind }: { readonly kind: StatusKind }): VNode {
  const { fill, line } = SHAPES[kind]
  return html`<svg class=${`mark mark-${kind}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
    ${fill !== undefined && html`<path class="mark-fill" d=${fill} />`}
    ${line !== undefined && html`<path class="mark-line" d=${line} />`}
  </svg>`
}
