import { listen } from '../../web/live.ts'
import { send } from '../../web/send.ts'
import type { LogFrame, LogLine } from './log-line.ts'
import type { LogTail } from './log-tail-rows.ts'
import { addLogFrame } from './log-tail-rows.ts'

export interface FollowedTail {
  tail(): LogTail
  change(tail: LogTail): void
}

interface Missed {
  readonly rows: readonly LogLine[]
  readonly lines: number
  readonly place: string
  readonly gap: boolean
}

/**
 * Keeps a tail up to date, in the browser, until the returned function is called. Frames follow each other without a hole; where one does not begin at the tail's
 * place, because the connection was away or the tail paused, what lies between is asked for instead of it.
 */
export function followLogs(filter: string, { tail, change }: FollowedTail): () => void {
  let ended = false
  let turn = Promise.resolve()
  const inTurn = (work: () => Promise<void>): void => {
    turn = turn.then(() => (ended ? undefined : work()))
  }
  const fetchUntil = async (until: string | undefined): Promise<void> => {
    const query = new URLSearchParams(filter)
    query.set('since', tail().place)
    if (until !== undefined) query.set('until', until)
    query.set('limit', '1000')
    const { rows, ...missed } = await send<Missed>(`/ops/api/system/logs?${query}`)
    if (!ended) change(addLogFrame(tail(), { rows, matched: rows.length, oneIn: 1, ...missed }))
  }
  const add = async (frame: LogFrame): Promise<void> => {
    if (frame.since === tail().place) return change(addLogFrame(tail(), frame))
    await fetchUntil(frame.place).catch(() => change(addLogFrame(tail(), { ...frame, gap: true })))
  }
  // Since the page was drawn, during a pause, or while the connection was away: a channel to which others listen too has no first frame. When it fails, it is
  // asked again with the next frame.
  const catchUp = (): void => inTurn(() => fetchUntil(undefined).catch(() => {}))
  const leave = listen<readonly LogFrame[]>(`logs:${filter}`, {
    data: (frames) => {
      for (const frame of frames) inTurn(() => add(frame))
    },
    gap: catchUp,
  })
  catchUp()
  return () => {
    ended = true
    leave()
  }
}
