import { maskerOf } from '../access/masking.ts'
import type { Viewer } from '../access/roles.ts'
import type { LiveRecord, LiveRecords } from '../messages/live-records.ts'
import { isTime } from '../messages/message-view.ts'
import type { StreamHub } from '../stream/stream-hub.ts'

/** An event as the feed shows it: what, of which order, where. Never its content. */
export interface FeedEvent {
  /** ISO 8601. */
  readonly at: string
  readonly type: string
  /** Whose topic it is. */
  readonly topic: string
  /** `2@118`: partition and offset. */
  readonly place: string
  readonly key: string | null
}

/** A feed that nobody can read any more shows how much there is instead. Events a second. */
const SHOWN_PER_SECOND = 40

/** The channel `feed`: events as they come, at most 40 a second, with how many there were. */
export function feedChannel(hub: StreamHub, live: LiveRecords): void {
  hub.channel('feed', {
    kind: 'append',
    access: 'viewer',
    open: (_argument, viewer, push) => {
      let shown = 0
      let passed = 0
      let said = 0
      const timer = setInterval(() => {
        if (passed > 0 || said > 0) push({ passed })
        said = passed
        shown = 0
        passed = 0
      }, 1_000)
      const leave = live.subscribe({}, (records) => {
        for (const record of records) {
          if (shown >= SHOWN_PER_SECOND) passed += 1
          else push(feedEvent(record, viewer))
          shown += 1
        }
      })
      return () => {
        clearInterval(timer)
        leave()
      }
    },
  })
}

function feedEvent({ topic, partition, offset, timestamp, type, key }: LiveRecord, viewer: Viewer): FeedEvent {
  return {
    at: (isTime(timestamp) ? new Date(Number(timestamp)) : new Date()).toISOString(),
    type: maskerOf(viewer.role).id(type) ?? 'unknown',
    topic,
    place: `${partition}@${offset}`,
    key: maskerOf(viewer.role).key(key, topic),
  }
}
