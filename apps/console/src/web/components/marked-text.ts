import type { VNode } from '../html.ts'
import { html } from '../html.ts'

export interface MarkedTextProps {
  /** What stands between backticks is shown as code, as in Markdown. */
  readonly text: string
}

/** A description of the contracts, which are written for Markdown too. */
export function MarkedText({ text }: MarkedTextProps): VNode {
  const parts = text.split('`')
  // Without a partner a backtick is a character like others.
  const closed = parts.length - (parts.length % 2 === 0 ? 1 : 0)
  return html`${parts.slice(0, closed).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}${parts.length > closed && `\`${parts[closed]}`}`
}
