import type { ContentView } from '../access/masking.ts'

/** What every event has is in the other columns, or of no use on one line. */
const ENVELOPE: ReadonlySet<string> = new Set([
  'eventId',
  'eventType',
  'eventVersion',
  'occurredAt',
  'correlationId',
  'causationId',
])

/** What tells a value from others, on one line. */
export function previewText(content: ContentView): string {
  const { json } = content
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return contentText(content)
  return JSON.stringify(Object.fromEntries(Object.entries(json).filter(([name]) => !ENVELOPE.has(name))))
}

export const contentText = ({ json, text, base64 }: ContentView): string => text ?? base64 ?? JSON.stringify(json)
