import type { FeedPosition, StoredEvent } from '../store/event.ts'
import { isAfter } from '../store/event.ts'
import type { Segment } from './segment.ts'
import { hashOf, matches } from './segment.ts'

/** A segment of a processor as its row in the database says, and how far it is. */
export interface Token {
  readonly segment: Segment
  /** The fencing number: what was begun under another one cannot be committed. */
  readonly epoch: bigint
  readonly owner: string | null
  /** Whether the owner's lease is over, or there is no owner. */
  readonly free: boolean
  /** Everything up to here has had its effect. */
  readonly position: FeedPosition
  /** After a merge: this part of the segment is further than the rest of it. */
  readonly ahead: { readonly part: Segment; readonly position: FeedPosition } | null
  /** After a reset: where the segment was before, and the row number from which it goes again. */
  readonly replay: { readonly from: bigint; readonly until: FeedPosition } | null
}

/** What of a page is to be handled, in feed order. */
export interface Share {
  /** Events that had their effect before the last reset, or would have been part of it. */
  readonly replayed: readonly StoredEvent[]
  readonly live: readonly StoredEvent[]
}

/** Names what must be handled in order; null: the event stands alone. */
export type Sequence = (event: StoredEvent) => string | null

/** The part of a page that belongs to these segments and lies behind none of their tokens. */
export function shareOf(events: readonly StoredEvent[], tokens: readonly Token[], sequence: Sequence): Share {
  const replayed: StoredEvent[] = []
  const live: StoredEvent[] = []
  for (const event of events) {
    const hash = hashOf(sequence(event) ?? event.id)
    const token = tokens.find(({ segment }) => matches(segment, hash))
    if (token === undefined || !isAfter(event, token.position)) continue
    const { ahead, replay } = token
    if (ahead !== null && matches(ahead.part, hash) && !isAfter(event, ahead.position)) continue
    if (replay !== null && !isAfter(event, replay.until)) replayed.push(event)
    else live.push(event)
  }
  return { replayed, live }
}

/** How the token looks when everything up to `position` has had its effect. */
export function advanced(token: Token, position: FeedPosition): Token {
  const { ahead, replay } = token
  return {
    ...token,
    position,
    ahead: ahead !== null && isAfter(ahead.position, position) ? ahead : null,
    replay: replay !== null && isAfter(replay.until, position) ? replay : null,
  }
}

export interface ClaimPlan {
  readonly claim: readonly number[]
  readonly release: readonly number[]
}

/**
 * Shares the segments evenly: of n segments and m instances each has n / m, and the first ones by name one more. All instances come to
 * the same answer, so what one gives up another one takes.
 */
export function planClaims(tokens: readonly Token[], instances: readonly string[], owner: string): ClaimPlan {
  const alive = [...new Set([...instances, owner])].sort()
  const rest = alive.indexOf(owner) < tokens.length % alive.length ? 1 : 0
  const fair = Math.floor(tokens.length / alive.length) + rest
  const mine = tokens.filter((token) => token.owner === owner)
  const free = tokens.filter((token) => token.free && token.owner !== owner)
  return {
    claim: free.slice(0, Math.max(0, fair - mine.length)).map(({ segment }) => segment.id),
    release: mine.slice(fair).map(({ segment }) => segment.id),
  }
}
