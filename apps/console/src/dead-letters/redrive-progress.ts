import type { DeadLetterFigures, RedriveStatus, Redrives } from '@stocker/dead-letters'
import type { Channel } from '../stream/stream-hub.ts'
import type { Json } from './views.ts'
import { asJson } from './views.ts'

export type RedriveProgress = Json<RedriveStatus> & {
  /** How many came with the same causes since it was ordered. */
  readonly newSince: number
}

export async function readProgress(
  redrives: Redrives,
  figures: DeadLetterFigures,
  id: string,
): Promise<RedriveProgress> {
  const [status, newSince] = await Promise.all([redrives.find(id), figures.newSince(id)])
  return { ...asJson(status), newSince }
}

const LOOK_MS = 400

/** The channel `redrive:<id>`: how far it is, until it has ended and nothing new comes. */
export function redriveChannel(redrives: Redrives, figures: DeadLetterFigures): Channel {
  return {
    kind: 'latest',
    access: 'support',
    open(id, _viewer, push) {
      let timer: NodeJS.Timeout | undefined
      let closed = false
      let last = ''
      const look = async (): Promise<void> => {
        const progress = await readProgress(redrives, figures, id).catch(() => undefined)
        if (closed) return
        const text = JSON.stringify(progress)
        if (progress && text !== last) push(progress)
        last = text
        timer = setTimeout(look, progress?.endedAt == null ? LOOK_MS : LOOK_MS * 10)
      }
      if (/^\d{1,18}$/.test(id)) void look()
      return () => {
        closed = true
        clearTimeout(timer)
      }
    },
  }
}
