import type { ComponentChildren, VNode } from '../html.ts'
import { html } from '../html.ts'
import { Empty } from './empty.ts'

export interface Column<Row> {
  readonly head: ComponentChildren
  cell(row: Row): ComponentChildren
  /** number: right, with figures of one width. code: monospaced. grow: takes what width is left, and breaks. Default: text on one line. */
  readonly kind?: 'text' | 'number' | 'code' | 'grow'
  /** Where a link on the heading sorts by it, and how it is sorted now. */
  readonly sort?: { readonly href: string; readonly now?: 'ascending' | 'descending' }
}

export interface TableProps<Row> {
  /** What the table shows; read to those who do not see it. */
  readonly caption: ComponentChildren
  /** Default false: the heading above it says the same. */
  readonly showCaption?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** Stands there instead of rows. */
  readonly empty: ComponentChildren
  /** Mark of a row that needs attention. */
  readonly markOf?: (row: Row) => 'warn' | 'bad' | undefined
}

/** Call it, `${Table({ … })}`, and the types of the rows are checked. The first column names the row. */
export function Table<Row>({ caption, showCaption, columns, rows, keyOf, empty, markOf }: TableProps<Row>): VNode {
  if (rows.length === 0) return html`<${Empty}>${empty}<//>`
  return html`<div class="table-frame" role="region" tabindex="0" aria-label=${typeof caption === 'string' ? caption : 'Table'}>
    <table>
      <caption class=${showCaption === true ? '' : 'unseen'}>${caption}</caption>
      <thead>
        <tr>
          ${columns.map(
            ({ head, kind, sort }) =>
              html`<th scope="col" class=${kind} aria-sort=${sort?.now}>${sort === undefined ? head : html`<a href=${sort.href}>${head}</a>`}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const mark = markOf?.(row)
          return html`<tr key=${keyOf(row)} class=${mark === undefined ? undefined : `row-${mark}`}>
            ${columns.map(({ cell, kind }, at) =>
              at === 0
                ? html`<th scope="row" class=${kind}>${cell(row)}</th>`
                : html`<td class=${kind}>${cell(row)}</td>`,
            )}
          </tr>`
        })}
      </tbody>
    </table>
  </div>`
}
