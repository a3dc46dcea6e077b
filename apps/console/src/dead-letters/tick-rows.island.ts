import { useEffect, useRef, useState } from 'preact/hooks'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { numberText } from '../web/number-text.ts'

/** Ticks all rows of the page at once, and says how many are. Without a script the rows are ticked one by one. */
export function Island({ rows }: { readonly rows: number }): VNode {
  const place = useRef<HTMLSpanElement>(null)
  const [ticked, setTicked] = useState<number | undefined>(undefined)

  const boxes = (): readonly HTMLInputElement[] => [
    ...(place.current?.closest('form')?.querySelectorAll<HTMLInputElement>('input[name=ids]') ?? []),
  ]
  const count = (): void => setTicked(boxes().filter(({ checked }) => checked).length)
  useEffect(() => {
    const form = place.current?.closest('form')
    form?.addEventListener('change', count)
    // A browser that goes back remembers what was ticked.
    count()
    return () => form?.removeEventListener('change', count)
  }, [])
  const tickAll = (checked: boolean): void => {
    for (const box of boxes()) box.checked = checked
    count()
  }

  return html`<span ref=${place} hidden=${ticked === undefined}>
    <label><input type="checkbox" checked=${ticked === rows} onChange=${(event: Event) => tickAll((event.currentTarget as HTMLInputElement).checked)} /> All ${numberText(rows)} of this page</label>
    <span class="note" role="status"> ${numberText(ticked ?? 0)} ticked</span>
  </span>`
}
