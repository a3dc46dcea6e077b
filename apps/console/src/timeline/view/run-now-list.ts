import { ConfirmDialog, OpenButton } from '../../web/components/dialog.ts'
import { Time } from '../../web/components/time.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { ExpectedStep, Timeline } from '../timeline.ts'
import { deadlineWords, eventWords, shortService, span } from '../words.ts'

/** What the order waits for and an operator need not: each with what comes of it, and a reason to be given. */
export function RunNowList({
  timeline: { orderId, expected },
  csrf,
  now,
}: {
  readonly timeline: Pick<Timeline, 'orderId' | 'expected'>
  readonly csrf: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}): VNode | null {
  const steps = expected.filter(({ runNow }) => runNow !== null)
  if (steps.length === 0) return null
  return html`<ul class="run-now" aria-label="Can be done at once">
    ${steps.map(
      (step) => html`<li key=${step.id}>
        <${RunNowButton} step=${step} orderId=${orderId} next=${`/orders/${encodeURIComponent(orderId)}`} csrf=${csrf} />
        <span class="note">${shortService(step.service)}${step.dueAt !== null && html`, due ${Date.parse(step.dueAt) > now ? `in ${span(Date.parse(step.dueAt) - now)}` : ''} <${Time} at=${step.dueAt} form="precise" />`}</span>
      </li>`,
    )}
  </ul>`
}

export interface RunNowButtonProps {
  readonly step: Pick<ExpectedStep, 'id' | 'kind' | 'title' | 'runNow'>
  readonly orderId: string
  /** Where it leads to afterwards. */
  readonly next: string
  readonly csrf: string | undefined
}

/** The button, and the dialog that says what will happen. */
export function RunNowButton({ step, orderId, next, csrf }: RunNowButtonProps): VNode {
  const id = `run-${step.id.replace(/[^\w-]/g, '-')}`
  const name = nameOf(step)
  return html`
    <${OpenButton} dialog=${id}>${name} now…<//>
    <${ConfirmDialog} id=${id} title=${`${name} now?`} action=${`/ops/api/orders/${encodeURIComponent(orderId)}/run-now`} csrf=${csrf} fields=${{ step: step.id, next }} confirm=${CONFIRM[step.kind]} kind=${step.kind === 'deadline' ? 'danger' : 'primary'}>
      <p>${step.runNow}</p>
    <//>`
}

const CONFIRM: Readonly<Record<ExpectedStep['kind'], string>> = {
  call: 'Call now',
  deadline: 'Fire now',
  handling: 'Try now',
  publication: '',
  event: '',
}

/** The id in the key of a call is the order's own. */
const nameOf = ({ kind, title }: Pick<ExpectedStep, 'kind' | 'title'>): string => {
  if (kind === 'deadline') return `Fire: ${deadlineWords(title)}`
  return kind === 'call' ? `Call ${title.replace(/-?[0-9a-f]{8}-[0-9a-f-]{27}/, '')}` : `Handle ${eventWords(title)}`
}
