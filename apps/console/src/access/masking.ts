import { TOPIC_NAMES } from '@stocker/contracts'
import type { FastifyRequest } from 'fastify'
import { maskField } from './mask-field.ts'
import type { HeaderView } from './mask-header.ts'
import { maskHeader } from './mask-header.ts'
import type { Masked, PayloadSource } from './mask-payload.ts'
import { MASK, maskPayload } from './mask-payload.ts'
import { withoutQuotes } from './mask-text.ts'
import { isPlainId, isUuid } from './plain-texts.ts'
import type { Role } from './roles.ts'
import { mayActAs } from './roles.ts'
import type { Subject } from './unmask.ts'
import { viewerOf } from './viewer.ts'

/** A payload ready to be JSON: one of the three is given. */
export interface ContentView {
  readonly json?: unknown
  readonly text?: string
  /** Bytes that are no text. */
  readonly base64?: string
}

/**
 * What somebody sees. Everything that is shown, searched, exported or logged of a record or a state goes through it first, so that nothing can be found that
 * cannot be seen.
 */
export interface Masker {
  /** Everything is shown as it is, because a reason was given. */
  readonly unmasked: boolean
  payload(content: ContentView | null, source: PayloadSource): Masked<ContentView | null>
  header(header: HeaderView): HeaderView
  /** A record's key. */
  key(key: string | null, topic: string): string | null
  /** An id that was read from a record. */
  id(id: string | null): string | null
  /** A field of a state or a row by its name or path; `field('', state)`: a whole state. */
  field(path: string, value: unknown): unknown
  /** The message or the stack trace of an error, which may quote values. */
  errorText(text: string): string
}

/** For what is not about one thing that could be unmasked: lists, streams, counts. */
export function maskerOf(role: Role): Masker {
  return mayActAs(role, 'operator') ? FOR_OPERATORS : FOR_ALL
}

/** For one order, dead letter or message: as it is, if the viewer has unmasked it. */
export function maskerFor(request: FastifyRequest, subject?: Subject): Masker {
  const viewer = viewerOf(request)
  return subject !== undefined && viewer.hasUnmasked(subject) ? UNMASKED : maskerOf(viewer.role)
}

const FOR_ALL: Masker = createMasker((text) => (text === '' ? '' : MASK))
const FOR_OPERATORS: Masker = createMasker(withoutQuotes)

export const UNMASKED: Masker = {
  unmasked: true,
  payload: (value) => ({ value, masked: false }),
  header: (header) => header,
  key: (key) => key,
  id: (id) => id,
  field: (_path, value) => value,
  errorText: (text) => text,
}

function createMasker(errorText: (text: string) => string): Masker {
  return {
    unmasked: false,
    payload: (content, source) => {
      if (content === null) return { value: null, masked: false }
      if (content.json === undefined) return { value: { text: MASK }, masked: true }
      const { value, masked } = maskPayload(content.json, source)
      return { value: { json: value }, masked }
    },
    header: (header) => maskHeader(header, errorText),
    key: (key, topic) => (key === null || (hasKnownKeys(topic) ? isPlainId : isUuid)(key) ? key : MASK),
    id: (id) => (id === null || isPlainId(id) ? id : MASK),
    field: maskField,
    errorText,
  }
}

/** The keys of the platform's topics are ids of orders, carts and products; those of the topics behind them (`order-events-dlt`) too. */
function hasKnownKeys(topic: string): boolean {
  return TOPIC_NAMES.some((name) => topic === name || topic.startsWith(`${name}-`))
}
