const SEQUENCE_MS = 1_500
const WRITING = 'input, textarea, select, [contenteditable]'

/** `/` finds, `?` lists the keys, `g` and a letter go to a page. Nothing of it while somebody writes, or with a modifier. */
export function listenToKeys(): void {
  let goUntil = 0
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.target instanceof Element && event.target.closest(WRITING)) return
    if (document.querySelector('dialog[open]')) return
    const going = performance.now() < goUntil
    goUntil = 0
    if (going) {
      const entry = document.querySelector<HTMLAnchorElement>(`a[data-key="${CSS.escape(event.key)}"]`)
      if (entry) return act(event, () => entry.click())
    }
    if (event.key === '/') act(event, () => document.getElementById('search')?.focus())
    else if (event.key === '?') act(event, () => document.querySelector<HTMLDialogElement>('dialog#keys')?.showModal())
    else if (event.key === 'g') goUntil = performance.now() + SEQUENCE_MS
  })
}

function act(event: KeyboardEvent, action: () => void): void {
  event.preventDefault()
  action()
}
