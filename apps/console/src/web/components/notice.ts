import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'
import type { StatusKind } from './status.ts'
import { StatusMark } from './status.ts'

export interface NoticeProps {
  readonly kind: StatusKind
  readonly children: ComponentChildren
}

/** A sentence that must not be overlooked. */
export function Notice({ kind, children }: NoticeProps): VNode {
  return html`<div class=${`notice notice-${kind}`} role=${kind === 'bad' ? 'alert' : 'note'}>
    <${StatusMark} kind=${kind} /><div>${children}</div>
  </div>`
}
