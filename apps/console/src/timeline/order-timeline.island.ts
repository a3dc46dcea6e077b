import { useEffect, useState } from 'preact/hooks'
import { announce } from '../web/announce.ts'
import { Section } from '../web/components/section.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { listen } from '../web/live.ts'
import { send } from '../web/send.ts'
import type { OrderChanged } from './order-changed.ts'
import type { Timeline } from './timeline.ts'
import type { OrderTerms } from './view/order-facts.ts'
import { OrderFacts } from './view/order-facts.ts'
import { RunNowList } from './view/run-now-list.ts'
import { TimelineView } from './view/timeline-view.ts'
import { WaitingNotice } from './view/waiting-notice.ts'
import type { Waiting } from './waiting/waiting.ts'
import { plural } from './words.ts'

export interface OrderTimelineProps {
  readonly timeline: Timeline
  readonly waiting: Waiting
  readonly terms: OrderTerms | null
  /** What is needed to act; null: whoever looks may not. */
  readonly acting: { readonly csrf: string | undefined } | null
}

/** The order as it is now. */
export function Island(props: OrderTimelineProps): VNode {
  const { timeline, waiting } = useOrder(props)
  const now = useNow(timeline.asOf, waiting.level !== 'finished')
  const { orderId, totalSteps, unread } = timeline
  return html`
    <${OrderFacts} timeline=${timeline} terms=${props.terms} />
    <div class="headline">
      <${WaitingNotice} waiting=${waiting} />
      <${CopySummary} text=${waiting.customer} />
    </div>
    ${props.acting !== null && html`<${RunNowList} timeline=${timeline} csrf=${props.acting.csrf} now=${now} />`}
    <${Section} id="timeline" title="What happened" note=${`${plural(totalSteps, 'step')}${unread.length === 0 ? '' : `, without ${unread.map(({ service }) => service).join(', ')}, whose database does not answer`}`} actions=${html`<${Legend} />`}>
      <${TimelineView} timeline=${timeline} now=${now} />
      ${totalSteps > timeline.steps.length && html`<p class="note"><a href=${`/orders/${encodeURIComponent(orderId)}?steps=5000`}>Show all ${totalSteps} steps</a></p>`}
    <//>`
}

function Legend(): VNode {
  return html`<span class="legend" aria-hidden="true">
    <span><i class="hop-outbox"></i>outbox</span><span><i class="hop-queue"></i>queue</span><span><i class="hop-retries"></i>retries</span><span><i class="hop-work"></i>work</span>
  </span>`
}

/** The order, read again each time that something has happened to it. */
function useOrder(initial: OrderTimelineProps): Pick<OrderTimelineProps, 'timeline' | 'waiting'> {
  const [shown, setShown] = useState<Pick<OrderTimelineProps, 'timeline' | 'waiting'>>(initial)
  const { orderId } = initial.timeline
  useEffect(() => {
    let reading = false
    let again = false
    const read = async (): Promise<void> => {
      if (reading) {
        again = true
        return
      }
      reading = true
      try {
        const base = `/ops/api/orders/${encodeURIComponent(orderId)}`
        const steps = new URLSearchParams(location.search).get('steps') ?? '200'
        const [timeline, waiting] = await Promise.all([
          send<Timeline>(`${base}/timeline?steps=${steps}`),
          send<Waiting>(`${base}/waiting`),
        ])
        setShown((before) => {
          if (before.waiting.code !== waiting.code) announce(waiting.sentence)
          return { timeline, waiting }
        })
      } catch {
        // What is shown stays; the next change reads anew.
      } finally {
        reading = false
        if (again) {
          again = false
          void read()
        }
      }
    }
    return listen<OrderChanged>(`order:${orderId}`, { data: () => void read(), gap: () => void read() })
  }, [orderId])
  return shown
}

/** The server's clock, going on: what is due in 12 s is due in 11 s a second later. */
function useNow(asOf: string, moves: boolean): number {
  const [now, setNow] = useState(Date.parse(asOf))
  useEffect(() => {
    const read = performance.now()
    setNow(Date.parse(asOf))
    if (!moves) return
    const timer = setInterval(() => setNow(Date.parse(asOf) + performance.now() - read), 1_000)
    return () => clearInterval(timer)
  }, [asOf, moves])
  return now
}

/** For an answer to the customer: what it says names nobody and nothing of the platform. */
function CopySummary({ text }: { readonly text: string }): VNode {
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    announce('Copied.')
  }
  return html`<div class="customer-summary">
    <p><small>For the customer</small>${text}</p>
    <button type="button" onClick=${copy}>${copied ? 'Copied' : 'Copy summary'}</button>
  </div>`
}
