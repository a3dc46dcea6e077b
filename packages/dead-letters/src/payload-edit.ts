import { DeadLetterError } from './errors.ts'
import { eventOf, jsonObject } from './failed-record.ts'
import type { JsonChange } from './json-diff.ts'
import { jsonDiff } from './json-diff.ts'

/** The new payload of a dead letter, for whoever knows what its topic may hold. */
export interface EditedPayload {
  readonly topic: string
  readonly eventType: string | null
  readonly value: Buffer
}

/** Says what is wrong with a payload; an empty list: nothing. */
export type CheckPayload = (payload: EditedPayload) => readonly string[]

/** What an edit changed; of a payload that is no JSON, before or after, the bytes in base64. */
export type PayloadDiff =
  | { readonly changes: readonly JsonChange[] }
  | { readonly before: string | null; readonly after: string }

/**
 * The diff that is kept. The event's id may not change: it is what an inbox knows the event by.
 * @throws DeadLetterError PAYLOAD_REFUSED
 */
export function checkedEdit(
  id: string,
  before: Buffer | null,
  payload: EditedPayload,
  check: CheckPayload | undefined,
): PayloadDiff {
  const problems = [...(check?.(payload) ?? [])]
  const [old, edited] = [eventOf(before, []).eventId, eventOf(payload.value, []).eventId]
  if (old !== edited && old !== undefined) {
    problems.push(`its eventId is ${edited ?? 'missing'} instead of ${old}`)
  }
  if (problems.length > 0) {
    throw new DeadLetterError('PAYLOAD_REFUSED', `The payload for dead letter ${id} is refused: ${problems.join('; ')}`)
  }
  const [from, to] = [jsonObject(before), jsonObject(payload.value)]
  if (from !== undefined && to !== undefined) return { changes: jsonDiff(from, to) }
  return { before: before?.toString('base64') ?? null, after: payload.value.toString('base64') }
}
