const PAUSE_MS = 5_000

let last = 0
let next: string | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Says a sentence to those who do not see what changed; at most one in 5 s, the newest. */
export function announce(sentence: string): void {
  next = sentence
  if (timer === undefined) timer = setTimeout(say, Math.max(0, last + PAUSE_MS - performance.now()))
}

function say(): void {
  timer = undefined
  last = performance.now()
  const element = document.getElementById('announcements')
  if (element && next !== undefined) element.textContent = next
}
