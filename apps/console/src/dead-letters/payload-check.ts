import { decodeEvent, TOPIC_NAMES } from '@stocker/contracts'
import type { CheckPayload } from '@stocker/dead-letters'
import { holdsMasks } from '../access/mask-payload.ts'

/** A payload of the platform's topics must be an event of their contracts; of other topics nothing is known. */
export const checkPayload: CheckPayload = ({ topic, eventType, value }) => {
  if (!TOPIC_NAMES.some((name) => name === topic)) return []
  const text = value.toString('utf8')
  if (holdsMasks(text)) return ['it holds masks in place of values: show the dead letter unmasked, and edit that']
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return ['it is no JSON']
  }
  const event = decodeEvent(parsed, { typeId: eventType ?? undefined, topic, fallbackId: 'none' })
  return event.ok ? [] : [event.message]
}
