import type { Pool } from 'pg'
import type { Viewer } from '../access/roles.ts'

/** What somebody did in the console. */
export interface Action {
  /** `viewerOf(request)` */
  readonly viewer: Viewer
  /** A verb, in the words of the page: `pause`, `reset offsets`, `unmask`. */
  readonly action: string
  /** What it was done to, as `kind:id`: `order:5c4c…`, `group:order-service-group`, `alert:ConsumerStalled`. */
  readonly target: string
  /** Why, in the words of who did it. */
  readonly reason?: string
  /** What it was like before and afterwards; to be JSON. Never a personal value: payloads and states go through the masker first. */
  readonly before?: unknown
  readonly after?: unknown
  /** What became of it: a code. Default `done`. */
  readonly result?: string
}

/** Who did what and why; of all features. Nothing is ever changed in it. */
export interface ActionLog {
  record(action: Action): Promise<void>
}

export function createActionLog(pool: Pool): ActionLog {
  const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
  return {
    record: async ({ viewer, action, target, reason = '', before, after, result = 'done' }) => {
      await pool.query(
        `insert into console_actions (who, role, action, target, reason, before, after, result)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [viewer.name, viewer.role, action, target, reason, json(before), json(after), result],
      )
    },
  }
}
