import type { Logger } from '../logger.ts'
import { insertAttempts } from '../postgres/attempt-rows.ts'
import { toCqrsError } from '../postgres/failure.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import type { AttemptNote } from '../trail/trail.ts'

/** Notes of attempts that had no effect. Their own transactions left nothing behind, so these are written by others, soon after. */
export interface AttemptNotes {
  /** Returns at once and never throws: what cannot be noted is lost, and the handling of messages goes on. */
  add(notes: readonly AttemptNote[]): void
  /** Resolves when everything that was added is written or given up. */
  settled(): Promise<void>
}

export interface AttemptNotesOptions {
  readonly store: EventStore
  /** Default: the store's. */
  readonly logger?: Logger
}

const AT_ONCE = 500
/** In memory at most, while the database is slow. */
const MAX_WAITING = 2_000
/** A topic that is read again from its start is nothing but duplicates: enough of them are noted to see that. */
const DUPLICATES_PER_MINUTE = 1_000

export function createAttemptNotes({ store, logger }: AttemptNotesOptions): AttemptNotes {
  const engine = engineOf(store)
  const log = logger ?? engine.logger
  const room = duplicateRoom()
  let waiting: AttemptNote[] = []
  let writing: Promise<void> | undefined

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const notes = waiting.slice(0, AT_ONCE)
      waiting = waiting.slice(AT_ONCE)
      try {
        await engine.connections.transact([insertAttempts(notes)])
      } catch (error) {
        const { message } = toCqrsError(error, 'noting attempts')
        log.warn(
          { notes: notes.length, error: message },
          'Attempts were not noted; the timelines of their messages lack them',
        )
      }
    }
    writing = undefined
  }

  return {
    add(notes) {
      const kept = notes.filter(({ outcome }) => outcome !== 'duplicate' || room())
      waiting.push(...kept.slice(0, Math.max(0, MAX_WAITING - waiting.length)))
      if (waiting.length > 0) writing ??= write()
    },
    settled: () => writing ?? Promise.resolve(),
  }
}

/** Whether one more duplicate may be noted. */
function duplicateRoom(): () => boolean {
  let since = Number.NEGATIVE_INFINITY
  let left = 0
  return () => {
    const now = performance.now()
    if (now - since >= 60_000) [since, left] = [now, DUPLICATES_PER_MINUTE]
    left -= 1
    return left >= 0
  }
}
