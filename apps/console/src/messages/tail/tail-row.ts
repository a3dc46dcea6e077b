import type { MessageView } from '../message-view.ts'
import { previewText } from '../preview-text.ts'

/** One line of a tail: enough to tell records apart. The rest is one look away, at its place. */
export interface TailRow {
  readonly partition: number
  readonly offset: string
  readonly timestamp: string | null
  readonly key: string | null
  readonly type: string | null
  readonly correlationId: string | null
  readonly size: number
  /** Begin of the value. */
  readonly preview: string
}

/** What a tail says at once. */
export interface TailFrame {
  /** The newest last. */
  readonly rows: readonly TailRow[]
  /** Records that came into the topic since the frame before, and those of them that fulfil the conditions. */
  readonly records: number
  readonly matched: number
  /** One of so many is among the rows; 1: all. */
  readonly oneIn: number
}

const PREVIEW_LENGTH = 240

export function tailRow({ partition, offset, timestamp, key, type, correlationId, size, value }: MessageView): TailRow {
  const text = value === null ? '' : previewText(value)
  return { partition, offset, timestamp, key, type, correlationId, size, preview: text.slice(0, PREVIEW_LENGTH) }
}
