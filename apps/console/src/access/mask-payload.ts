import type { EventName } from '@stocker/contracts'
import { decodeEvent, EVENTS, isEventName, isPersonal } from '@stocker/contracts'
import type { TSchema } from 'typebox'
import { isCode, isPlainId } from './plain-texts.ts'

/** What stands in place of a value that is not shown; the same everywhere, so that nothing about the value can be told from it. */
export const MASK = '[masked]'
/** In place of all fields that nobody declared, names and values: a map may have persons as keys. */
export const UNKNOWN_FIELDS = '[unknown fields]'

/** Whether a payload was copied from where values are hidden: sent so, the masks would take the place of what they hide. */
export const holdsMasks = (payload: string): boolean =>
  payload.includes(JSON.stringify(MASK)) || payload.includes(JSON.stringify(UNKNOWN_FIELDS))

export interface Masked<T = unknown> {
  readonly value: T
  /** Whether something is hidden. */
  readonly masked: boolean
}

export interface PayloadSource {
  readonly topic: string
  /** As a header of the record names it, without a package; null: the payload says it itself. */
  readonly eventType?: string | null
}

interface Node {
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly items?: TSchema
  readonly format?: string
}

type Shown = (value: unknown) => boolean

const isText = (value: unknown): value is string => typeof value === 'string'
const orMissing =
  (shown: (text: string) => boolean): Shown =>
  (value) =>
    value == null || (isText(value) && shown(value))
const isNumber: Shown = (value) => value == null || typeof value === 'number'

/** The envelope's fields come from whoever wrote the record: only what looks like what it should be is shown. */
const ENVELOPE: Readonly<Record<string, Shown>> = {
  eventId: orMissing(isPlainId),
  eventType: orMissing(isEventName),
  eventVersion: isNumber,
  occurredAt: isDate,
  correlationId: orMissing(isPlainId),
  causationId: orMissing(isPlainId),
}

/**
 * A payload as somebody sees it who must not see personal values: by the `x-personal` marks of the event's contract. What the contract does not know is
 * hidden, and so is all of a payload that is no event of a contract.
 */
export function maskPayload(payload: unknown, { topic, eventType }: PayloadSource): Masked {
  const event = decodeEvent(payload, { typeId: eventType ?? undefined, topic, fallbackId: 'none' })
  if (!event.ok) return { value: MASK, masked: true }
  const state = { masked: false }
  const value = maskObject(payload as object, EVENTS[event.type as EventName].data as Node, false, state, ENVELOPE)
  return { value, masked: state.masked }
}

function maskObject(
  value: object,
  { properties = {} }: Node,
  personal: boolean,
  state: { masked: boolean },
  envelope: Readonly<Record<string, Shown>> = {},
): object {
  const fields: [string, unknown][] = []
  let unknown = 0
  for (const [name, member] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    const shown = Object.hasOwn(envelope, name) ? envelope[name] : undefined
    if (schema !== undefined) fields.push([name, maskValue(member, schema, name, personal, state)])
    else if (shown?.(member) === true) fields.push([name, member])
    else if (shown !== undefined) fields.push([name, hidden(state)])
    else unknown += 1
  }
  if (unknown > 0) fields.push([UNKNOWN_FIELDS, hidden(state)])
  return Object.fromEntries(fields)
}

function maskValue(
  value: unknown,
  schema: TSchema,
  name: string,
  inPersonal: boolean,
  state: { masked: boolean },
): unknown {
  if (value === null) return null
  const node = schema as Node
  const personal = inPersonal || isPersonal(schema)
  if (node.items !== undefined && Array.isArray(value)) {
    const { items } = node
    return value.map((item) => maskValue(item, items, name, personal, state))
  }
  if (node.properties !== undefined && typeof value === 'object' && !Array.isArray(value)) {
    return maskObject(value, node, personal, state)
  }
  if (personal || node.properties !== undefined || node.items !== undefined) return hidden(state)
  if (node.format === 'date-time') return isDate(value) ? value : hidden(state)
  if (typeof value === 'object') return hidden(state)
  // Callers may write into it what they like.
  if (name === 'reason' && isText(value) && !isCode(value)) return hidden(state)
  return value
}

function hidden(state: { masked: boolean }): string {
  state.masked = true
  return MASK
}

/** Any form that Jackson writes. */
function isDate(value: unknown): boolean {
  if (isText(value)) return /^[\d\-:.TZ+\s]{1,40}$/.test(value)
  return isNumber(value) || (Array.isArray(value) && value.every((part) => typeof part === 'number'))
}
