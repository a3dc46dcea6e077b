import { timesShown } from '../shown-times.ts'
import type { TimeForm } from '../time-text.ts'
import { durationText, timeText } from '../time-text.ts'

const TICK_MS = 1_000

/** Writes the times of the page as the viewer wants them, and lets ages grow. Text nodes are changed in place: islands keep track of theirs. */
export function keepTimes(): void {
  timesShown.subscribe(writeTimes)
  setInterval(() => {
    if (document.visibilityState === 'visible') writeAges()
  }, TICK_MS)
}

function writeTimes(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-form]')) {
    write(element, timeText(new Date(element.dateTime), element.dataset.form as TimeForm, timesShown.value))
  }
}

function writeAges(): void {
  const now = Date.now()
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-age]')) {
    write(element, durationText(Math.max(0, now - Date.parse(element.dateTime))))
  }
}

function write(element: HTMLTimeElement, text: string): void {
  const { firstChild } = element
  if (firstChild instanceof Text && firstChild.data !== text) firstChild.data = text
}
