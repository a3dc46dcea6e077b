import type { ProducerRecord } from '../sender/producer-record.ts'
import type { Redrive } from './redrive-headers.ts'

/** Topic of the confirmations, unless `redrive.resultsTopic` names another. */
export const REDRIVE_RESULTS_TOPIC = 'redrive-results'

/** A consumer group says that its listener has handled a dead letter that was sent again. Failures come back as dead letters. */
export interface RedriveResult extends Redrive {
  readonly groupId: string
}

/** One flat JSON object, so that a listener in any language can write it; the key is the dead letter's id. */
export function encodeRedriveResult(topic: string, result: RedriveResult): ProducerRecord {
  return { topic, key: result.deadLetterId, value: JSON.stringify(result) }
}

/** undefined when the value, already read as JSON, is no result. */
export function decodeRedriveResult(value: unknown): RedriveResult | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { deadLetterId, attempt, groupId } = value as Partial<Record<keyof RedriveResult, unknown>>
  if (typeof deadLetterId !== 'string' || typeof groupId !== 'string') return undefined
  return Number.isInteger(attempt) ? { deadLetterId, attempt: attempt as number, groupId } : undefined
}
