import { createHash } from 'node:crypto'
import type { LiveRecords } from '../messages/live-records.ts'
import type { Channel } from '../stream/stream-hub.ts'
import type { OrderChanged } from './order-changed.ts'
import type { Timeline } from './timeline.ts'
import { shownSteps } from './timeline.ts'
import type { TimelineDesk } from './timeline-desk.ts'
import type { Waiting } from './waiting/waiting.ts'

/** What is stored and not published, tries that fail, and how services are, is no record in a topic: so often it is looked for. Milliseconds. */
const LOOK_MS = 1_000
/** Of an order at its end nothing of that is to come. */
const LOOK_AT_FINISHED_MS = 10_000
/** Records of one order come together. */
const TOGETHER_MS = 40

/** Milliseconds. */
const SAID_MS = 5_000

const BLIND = { field: () => null, errorText: () => '' } as const

/** `order:<id>`: tells when something has happened to an order; what, is asked for by who may see it. */
export const orderChannel = ({
  desk,
  live,
}: {
  readonly desk: TimelineDesk
  readonly live: Pick<LiveRecords, 'subscribe'>
}): Channel => ({
  kind: 'latest',
  access: 'support',
  open: (orderId, _viewer, push) => {
    let stamp = ''
    let closed = false
    let timer: NodeJS.Timeout | undefined
    let looking: Promise<void> = Promise.resolve()
    const lookIn = (ms: number): void => {
      clearTimeout(timer)
      if (closed) return
      timer = setTimeout(() => {
        looking = looking.then(look)
      }, ms)
    }
    const look = async (): Promise<void> => {
      let next = LOOK_MS
      try {
        const timeline = await desk.timeline(orderId, { sight: BLIND })
        if (timeline === undefined || closed) return
        const waiting = await desk.waiting(timeline)
        if (waiting.level === 'finished') next = LOOK_AT_FINISHED_MS
        const seen = stampOf(timeline, waiting)
        if (seen !== stamp) push({ stamp: seen } satisfies OrderChanged)
        stamp = seen
      } catch {
        // The databases are away; the next look tells when they are back.
      } finally {
        lookIn(next)
      }
    }
    const unsubscribe = live.subscribe({ key: orderId }, () => lookIn(TOGETHER_MS))
    lookIn(0)
    return () => {
      closed = true
      clearTimeout(timer)
      unsubscribe()
    }
  },
})

/** The same as long as there is nothing new to see. */
function stampOf(timeline: Timeline, { code, service, nextAt, level, since }: Waiting): string {
  // What is late is said with how late it is.
  const lateBy =
    level === 'late' || level === 'stuck' ? Date.parse(timeline.asOf) - Date.parse(since ?? timeline.asOf) : 0
  const { status, totalSteps, expected, unread } = timeline
  const steps = shownSteps(timeline).map(({ id, state, attempts, events }) => [
    id,
    state,
    attempts.length,
    events.map(({ publication }) => publication),
  ])
  const parts = [
    status,
    totalSteps,
    steps,
    expected.map((one) => [one.id, one.attempts, one.dueAt, one.overdue]),
    unread,
  ]
  return createHash('sha1')
    .update(JSON.stringify([parts, code, service, nextAt, Math.floor(lateBy / SAID_MS)]))
    .digest('base64url')
}
