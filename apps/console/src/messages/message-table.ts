import type { ContentView } from '../access/masking.ts'
import { JsonText } from '../web/components/json-text.ts'
import { ShortId } from '../web/components/short-id.ts'
import { Table } from '../web/components/table.ts'
import { Time } from '../web/components/time.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { bytesText } from '../web/number-text.ts'
import type { MessageView } from './message-view.ts'
import { messagePath } from './paths.ts'
import { contentText, previewText } from './preview-text.ts'

export interface MessageTableProps {
  readonly messages: readonly MessageView[]
  readonly empty: string
}

/** Records as rows; each opens to its whole value. */
export function MessageTable({ messages, empty }: MessageTableProps): VNode {
  return Table<MessageView>({
    caption: 'Records',
    rows: messages,
    keyOf: ({ partition, offset }) => `${partition}@${offset}`,
    empty,
    columns: [
      {
        head: 'Place',
        kind: 'code',
        cell: (message) =>
          html`<a href=${messagePath(message)} title="This record alone"><code>${message.partition}@${message.offset}</code></a>`,
      },
      {
        head: 'Time',
        cell: ({ timestamp }) => (timestamp === null ? '–' : html`<${Time} at=${timestamp} form="date-time" />`),
      },
      { head: 'Key', kind: 'code', cell: ({ key }) => (key === null ? '–' : html`<${ShortId} id=${key} />`) },
      { head: 'Type', cell: ({ type }) => type ?? '–' },
      { head: 'Size', kind: 'number', cell: ({ size }) => bytesText(size) },
      { head: 'Value', kind: 'grow', cell: ({ value }) => html`<${Preview} value=${value} />` },
    ],
  })
}

function Preview({ value }: { readonly value: ContentView | null }): VNode {
  if (value === null) return html`<span class="badge">tombstone</span>`
  return html`<details class="message-preview">
    <summary>${previewText(value).slice(0, 300)}</summary>
    ${value.json === undefined ? html`<pre class="json" tabindex="0">${contentText(value)}</pre>` : html`<${JsonText} value=${value.json} label="Value" />`}
  </details>`
}
