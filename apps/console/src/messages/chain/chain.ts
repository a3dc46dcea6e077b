import type { MessageView } from '../message-view.ts'

export interface ChainLink {
  readonly message: MessageView
  /** How it stands to the message that is looked at. */
  readonly relation: 'cause' | 'this' | 'effect'
}

export interface Chain {
  /** The first cause first, the effects last, each in the order of time. */
  readonly links: readonly ChainLink[]
  /** The id that the first link names as its cause, when no record of it was found: a command, an event that is not published, or one that is gone. */
  readonly before: string | null
}

/** Most steps back; a chain that names itself must not be followed for ever. */
const LONGEST = 50

/** What led to a message, step by step, and what it led to at once. `others`: whatever was found of its case; the same record may be among it. */
export function chainOf(message: MessageView, others: readonly MessageView[]): Chain {
  const byId = new Map(others.map((other) => [other.eventId, other]))
  const causes: MessageView[] = []
  const seen = new Set([message.eventId])
  let before = message.causationId
  while (before !== null && !seen.has(before) && causes.length < LONGEST) {
    const cause = byId.get(before)
    if (!cause) break
    seen.add(before)
    causes.unshift(cause)
    before = cause.causationId
  }
  const effects = [...byId.values()]
    .filter(({ causationId, eventId }) => causationId === message.eventId && !seen.has(eventId))
    .sort((a, b) => (a.timestamp ?? '').localeCompare(b.timestamp ?? ''))
  return {
    links: [
      ...causes.map((cause) => ({ message: cause, relation: 'cause' }) as const),
      { message, relation: 'this' },
      ...effects.map((effect) => ({ message: effect, relation: 'effect' }) as const),
    ],
    before: before !== null && seen.has(before) ? null : before,
  }
}
