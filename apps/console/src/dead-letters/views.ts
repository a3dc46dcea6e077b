import { isUtf8 } from 'node:buffer'
import type { WholeDeadLetter } from '@stocker/dead-letters'
import { headerView } from '../messages/message-view.ts'

/** As it goes out as JSON: times are ISO 8601. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { -readonly [Name in keyof T]: Json<T[Name]> }
      : T

/** Dates as text, so that what is answered is what the schema says. */
export function asJson<T>(value: T): Json<T> {
  return JSON.parse(JSON.stringify(value)) as Json<T>
}

/** With all that is in it: `wholeDeadLetterView` is what somebody may see of it. */
export function wholeView({ value, rawKey: _rawKey, headers, ...rest }: WholeDeadLetter) {
  return { ...asJson(rest), payload: value && payloadView(value), headers: headers.map(headerView) }
}

function payloadView(value: Buffer): { json?: unknown; text?: string; base64?: string } {
  if (!isUtf8(value)) return { base64: value.toString('base64') }
  const text = value.toString('utf8')
  try {
    return { json: JSON.parse(text) }
  } catch {
    return { text }
  }
}
