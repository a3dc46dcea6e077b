import type { Logger } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { Viewer } from '../access/roles.ts'

/** What somebody is about to do in the console. */
export interface Action {
  /** `viewerOf(request)` */
  readonly viewer: Viewer
  /** A verb, in the words of the page: `pause`, `reset offsets`, `unmask`. */
  readonly action: string
  /** What it is done to, as `kind:id`: `order:5c4c…`, `group:order-service-group`, `alert:ConsumerStalled`. */
  readonly target: string
  /** Why, in the words of who does it. */
  readonly reason?: string
  /** What it is like before and shall be afterwards; to be JSON. Never a personal value: payloads and states go through the masker first. */
  readonly before?: unknown
  readonly after?: unknown
}

/** What is known only when it was done. */
export interface Outcome {
  /** Instead of the intended one. */
  readonly after?: unknown
  /** Of what was made by it, and had no id before. */
  readonly target?: string
}

/** Who did what and why; of all features. Nothing is ever changed in it: the outcome is an entry beside that of the intent. */
export interface ActionLog {
  /**
   * Writes down what somebody is about to do, does it, and writes down what became of it: `done`, or the code of the error, which is thrown on. What cannot be
   * written down is not done. An action without an outcome, since the console ended or lost its database meanwhile, is `started`, and `unknown` after a minute.
   */
  perform<T>(action: Action, work: () => T | Promise<T>, outcome?: (result: Awaited<T>) => Outcome): Promise<T>
}

export function createActionLog(pool: Pool, logger: Logger): ActionLog {
  const begin = async ({ viewer, action, target, reason = '', before, after }: Action): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>(
      `insert into console_actions (who, role, action, target, reason, before, after, result)
       values ($1, $2, $3, $4, $5, $6, $7, 'started') returning id`,
      [viewer.name, viewer.role, action, target, reason, json(before), json(after)],
    )
    return (rows[0] as { readonly id: string }).id
  }
  const end = async (id: string, action: Action, result: string, { after, target }: Outcome = {}): Promise<void> => {
    try {
      await pool.query(
        'insert into console_action_outcomes (action_id, result, after, target) values ($1, $2, $3, $4)',
        [id, result, json(after), target ?? null],
      )
    } catch (error) {
      // It has happened: who ordered it is told so, and the audit that nobody knows.
      logger.error(
        { err: error, action: action.action, result },
        `the outcome of action c${id} could not be written into the audit, which shows it as unknown`,
      )
    }
  }
  return {
    perform: async (action, work, outcome) => {
      const id = await begin(action)
      let result: Awaited<ReturnType<typeof work>>
      try {
        result = await work()
      } catch (error) {
        await end(id, action, codeOf(error))
        throw error
      }
      await end(id, action, 'done', outcome?.(result))
      return result
    },
  }
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code) ? code : 'failed'
}
