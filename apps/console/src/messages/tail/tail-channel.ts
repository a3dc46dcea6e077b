import type { Viewer } from '../../access/roles.ts'
import type { Channel } from '../../stream/stream-hub.ts'
import type { LiveRecords } from '../live-records.ts'
import { messageQuery, tailParameters } from '../message-schemas.ts'
import { missOf } from '../message-search.ts'
import type { MessageMask } from '../message-view.ts'
import { messageView } from '../message-view.ts'
import { createSampler } from './sampler.ts'
import type { TailFrame, TailRow } from './tail-row.ts'
import { tailRow } from './tail-row.ts'

/** What one can look at; more would only move by. */
export const TAIL_ROWS_PER_SECOND = 200
const WINDOW_MS = 250

export interface TailParts {
  readonly live: LiveRecords
  readonly mask: (viewer: Viewer) => MessageMask
}

/**
 * The channel `tail:<topic>?key=…&type=…&header=…&partition=…&filter=…`: what comes into a topic from now on. The first frame says that it is being read. Each frame
 * is a TailFrame. The broker's topic is read once for all who look.
 */
export function tailChannel({ live, mask }: TailParts): Channel {
  return {
    kind: 'append',
    access: 'support',
    open(argument, viewer, push) {
      const { topic, parameters } = tailParameters(argument)
      const query = messageQuery(topic, parameters, Date.now())
      const viewed = mask(viewer)
      const sampler = createSampler({ perSecond: TAIL_ROWS_PER_SECOND, windowMs: WINDOW_MS })
      let rows: TailRow[] = []
      let records = 0
      let matched = 0
      let timer: NodeJS.Timeout | undefined
      const tell = (): void => {
        timer = undefined
        push({ rows, records, matched, oneIn: sampler.oneIn } satisfies TailFrame)
        rows = []
        records = 0
        matched = 0
      }
      const stop = live.subscribe({ topics: [topic] }, (messages) => {
        const now = performance.now()
        for (const message of messages) {
          records++
          if (query.partition !== undefined && message.partition !== query.partition) continue
          if (missOf(query, message, viewed) !== undefined) continue
          matched++
          // Only what is shown is made ready to be: at thousands of records a second that is most of the work.
          if (sampler.take(now)) rows.push(tailRow(messageView(message, viewed)))
        }
        timer ??= setTimeout(tell, WINDOW_MS)
      })
      let closed = false
      void live.following().then(() => {
        if (!closed) timer ??= setTimeout(tell, 0)
      })
      return () => {
        closed = true
        stop()
        clearTimeout(timer)
      }
    },
  }
}
