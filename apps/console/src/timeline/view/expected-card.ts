import { StatusMark } from '../../web/components/status.ts'
import { Time } from '../../web/components/time.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { ExpectedStep } from '../timeline.ts'
import { deadlineWords, eventWords, plural, shortService, span } from '../words.ts'
import { EXPECTED_WORDS } from './step-words.ts'

export interface ExpectedCardProps {
  readonly step: ExpectedStep
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What is still to come: who is to do it, since when it is waited for, and when it is due. */
export function ExpectedCard({ step, now }: ExpectedCardProps): VNode {
  const { kind, title, service, since, dueAt, attempts, lastError, overdue } = step
  const late = overdue || attempts > 0
  return html`<div class=${`step ghost ${late ? 'ghost-late' : ''}`}>
    <span class="step-head"><${StatusMark} kind=${late ? 'warn' : 'idle'} /><span class="step-title">${titleOf(step)}</span><span class="step-lane">${shortService(service)}</span></span>
    <span class="step-note">${EXPECTED_WORDS[kind]}${attempts > 0 ? `, ${plural(attempts, 'try').replace('trys', 'tries')} failed` : ''}</span>
    ${dueAt !== null && html`<span class="step-note">${dueWords(dueAt, now, kind)} <${Time} at=${dueAt} form=${Math.abs(Date.parse(dueAt) - now) < 72_000_000 ? 'time' : 'date-time'} /></span>`}
    ${dueAt === null && since !== null && now - Date.parse(since) > 1_000 && html`<span class="step-note">waited for ${span(now - Date.parse(since))}</span>`}
    ${lastError !== null && html`<code class="step-error">${lastError}</code>`}
    ${kind === 'event' && html`<span class="unseen">${title}</span>`}
  </div>`
}

/** The id in the key of a call is the order's own. */
const titleOf = ({ kind, title }: ExpectedStep): string => {
  if (kind === 'deadline') return deadlineWords(title)
  return kind === 'call' ? title.replace(/-?[0-9a-f]{8}-[0-9a-f-]{27}/, '') : eventWords(title)
}

const dueWords = (dueAt: string, now: number, kind: ExpectedStep['kind']): string => {
  const ms = Date.parse(dueAt) - now
  const word = kind === 'deadline' ? 'due' : 'next try'
  return ms > 0 ? `${word} in ${span(ms)},` : `${word} was due`
}
