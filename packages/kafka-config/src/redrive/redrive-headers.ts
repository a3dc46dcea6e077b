import type { RecordHeader } from '../headers.ts'
import { decodeInt32, decodeText, encodeInt32, encodeText, lastHeader } from '../headers.ts'

/** What a dead letter carries that is sent again: which one it is (UTF-8), and the how manieth time (4 bytes, from 1). */
export const REDRIVE_HEADERS = { deadLetterId: 'redrive-dead-letter', attempt: 'redrive-attempt' } as const

const REDRIVE_SUFFIX = '-redrive'

/** Where the dead letters of a consumer group are sent again: it is the only one that reads there. */
export function redriveTopicOf(groupId: string): string {
  return `${groupId}${REDRIVE_SUFFIX}`
}

/** One sending of a dead letter. */
export interface Redrive {
  readonly deadLetterId: string
  /** From 1. */
  readonly attempt: number
}

export function redriveHeaders({ deadLetterId, attempt }: Redrive): RecordHeader[] {
  return [
    { key: REDRIVE_HEADERS.deadLetterId, value: encodeText(deadLetterId) },
    { key: REDRIVE_HEADERS.attempt, value: encodeInt32(attempt) },
  ]
}

/** undefined for a record that was not sent again. Headers of another form count as absent: anyone can write them. */
export function redriveOf(headers: readonly RecordHeader[]): Redrive | undefined {
  const deadLetterId = lastHeader(headers, REDRIVE_HEADERS.deadLetterId)?.value
  const attempt = lastHeader(headers, REDRIVE_HEADERS.attempt)?.value
  if (deadLetterId === undefined || attempt?.length !== 4) return undefined
  return { deadLetterId: decodeText(deadLetterId), attempt: decodeInt32(attempt) }
}
