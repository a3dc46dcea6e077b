import type { StoredEvent, Trail } from '@stocker/cqrs'
import { isAfter } from '@stocker/cqrs'
import type { CaseEvent, ServiceTrail } from './case-trail.ts'
import type { StepKind } from './timeline.ts'

/** The events that one message, command, answer or deadline has led to in one transaction of one service. */
export interface UnitOfEvents {
  readonly kind: StepKind
  /** What led to it: the id of a message, of an event of the same service, or of a command from outside; null when that is not known. */
  readonly root: string | null
  readonly tx: bigint
  /** In order; at least one. */
  readonly events: readonly StoredEvent[]
}

/**
 * The events of a service as the pieces of work that they were. Events of one transaction belong together when the same thing led to them, be it directly or
 * through another event of the transaction (which is how a saga's commands come about). A batch has many of them in one transaction.
 */
export function unitsOf(
  { trail, outboundCalls }: Pick<ServiceTrail, 'outboundCalls'> & { readonly trail: Pick<Trail, 'events' | 'handled'> },
  events: ReadonlyMap<string, CaseEvent>,
): readonly UnitOfEvents[] {
  const intents = outboundCalls.flatMap((calls) => Object.keys(calls.intents))
  const own = new Map(trail.events.map((event) => [event.id, event]))
  const handled = new Set(trail.handled.map(({ messageId }) => messageId))
  const units = new Map<string, { root: string | null; tx: bigint; events: StoredEvent[] }>()
  for (const event of trail.events) {
    const root = rootOf(event, own)
    const key = `${event.tx}/${root}`
    const unit = units.get(key)
    if (unit === undefined) units.set(key, { root, tx: event.tx, events: [event] })
    else unit.events.push(event)
  }
  const seen = new Set<string>()
  return [...units.values()].map(({ root, tx, events: inUnit }) => {
    const cause = root === null ? undefined : own.get(root)
    // A saga's deadline keeps the message in whose handling it was set as the cause of what it leads to: only the first time it is the handling.
    const again = root !== null && seen.has(root)
    if (root !== null && handled.has(root)) seen.add(root)
    const isMessage = handled.has(root ?? '') || events.has(root ?? '')
    return { kind: kindOf({ root, cause, intents, again, isMessage }), root, tx, events: inUnit }
  })
}

function kindOf({
  root,
  cause,
  intents,
  again,
  isMessage,
}: {
  readonly root: string | null
  readonly cause: StoredEvent | undefined
  readonly intents: readonly string[]
  readonly again: boolean
  readonly isMessage: boolean
}): StepKind {
  if (root === null) return 'command'
  if (cause !== undefined) return intents.includes(cause.type) ? 'answer' : 'deadline'
  if (again) return 'deadline'
  // A command has an id too, which nobody else knows.
  return isMessage ? 'message' : 'command'
}

function rootOf(event: StoredEvent, own: ReadonlyMap<string, StoredEvent>): string | null {
  let cause = event.metadata.causationId
  for (;;) {
    const earlier = cause === null ? undefined : own.get(cause)
    if (earlier === undefined || earlier.tx !== event.tx) return cause
    cause = earlier.metadata.causationId
  }
}

/** For those of one service; 0 when it cannot be told. */
export function byFeed(a: UnitOfEvents | null | undefined, b: UnitOfEvents | null | undefined): number {
  const [first, second] = [a?.events[0], b?.events[0]]
  if (first === undefined || second === undefined) return 0
  return isAfter(first, second) ? 1 : -1
}
