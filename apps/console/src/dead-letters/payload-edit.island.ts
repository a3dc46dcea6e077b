import { useState } from 'preact/hooks'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { lineDiff } from './line-diff.ts'

export interface PayloadEditProps {
  /** JSON, indented. */
  readonly text: string
}

const MARKS = { same: ' ', added: '+', removed: '−' } as const

/** A payload to be edited, and what would change. */
export function Island({ text }: PayloadEditProps): VNode {
  const [edited, setEdited] = useState(text)
  const fault = faultOf(edited)
  const lines = fault === undefined ? lineDiff(text, pretty(edited)) : []
  const changed = lines.some(({ kind }) => kind !== 'same')
  return html`
    <label class="field"><span>Payload</span>
      <textarea name="json" rows="14" spellcheck=${false} maxlength="65536" aria-describedby="payload-fault" value=${edited} onInput=${(event: Event) => setEdited((event.currentTarget as HTMLTextAreaElement).value)}>${text}</textarea></label>
    <p class="note" id="payload-fault" role="status">${fault ?? (changed ? 'What changes:' : 'Nothing is changed yet.')}</p>
    ${
      changed &&
      html`<pre class="diff" tabindex="0" role="region" aria-label="What changes">${lines.map(({ kind, line }) => html`<span class=${`diff-${kind}`}>${MARKS[kind]} ${line}</span>`)}</pre>`
    }
  `
}

function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return `It is no JSON yet: ${(error as Error).message}`
  }
}

const pretty = (text: string): string => JSON.stringify(JSON.parse(text), undefined, 2)
