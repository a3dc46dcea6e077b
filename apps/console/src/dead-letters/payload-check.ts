import { decodeEvent, TOPIC_NAMES } from '@stocker/contracts'
import type { CheckPayload } from '@stocker/dead-letters'

/** A payload of the platform's topics must be an event of their contracts; of other topics nothing is known. */
export const checkPayload: CheckPayload = ({ topic, eventType, value }) => {
  if (!TOPIC_NAMES.some((name) => name === topic)) return []
  let parsed: unknown
  try {
    parsed = JSON.parse(value.toString('utf8'))
  } catch {
    return ['it is no JSON']
  }
  const event = decodeEvent(parsed, { typeId: eventType ?? undefined, topic, fallbackId: 'none' })
  return event.ok ? [] : [event.message]
}
