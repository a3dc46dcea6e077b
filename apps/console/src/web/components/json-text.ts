import type { VNode } from '../html.ts'
import { html } from '../html.ts'

export interface JsonTextProps {
  readonly value: unknown
  /** What it is, for those who do not see it: "Payload". */
  readonly label?: string
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** JSON, indented, with its parts told apart; what is masked is marked. */
export function JsonText({ value, label }: JsonTextProps): VNode {
  const text = JSON.stringify(value, undefined, 2) ?? 'undefined'
  const parts: unknown[] = []
  let at = 0
  for (const match of text.matchAll(TOKEN)) {
    const [token, quoted, colon] = match
    parts.push(text.slice(at, match.index))
    parts.push(
      quoted === undefined
        ? html`<span class="json-number">${token}</span>`
        : colon !== undefined
          ? html`<span class="json-name">${token}</span>`
          : html`<span class=${quoted === '"[masked]"' ? 'json-masked' : 'json-text'}>${token}</span>`,
    )
    at = match.index + token.length
  }
  return html`<pre class="json" tabindex="0" role="region" aria-label=${label ?? 'JSON'}>${parts}${text.slice(at)}</pre>`
}
