import type { DeadlineKey, DeadlineRow } from '../postgres/deadline-rows.ts'
import { deleteDeadlines, deleteDeadlinesOf, upsertDeadlines } from '../postgres/deadline-rows.ts'
import type { SqlStatement } from '../sql-statement.ts'

/** What a handler does to the deadlines of a scope. */
export type DeadlineChange =
  | { readonly kind: 'schedule'; readonly row: DeadlineRow }
  | ({ readonly kind: 'cancel' } & DeadlineKey)
  | ({ readonly kind: 'cancelAll' } & Pick<DeadlineKey, 'scope' | 'id'>)

/** Collects the changes of a batch. */
export class DeadlineLedger {
  readonly changes: DeadlineChange[] = []
  readonly #concerned = new Set<string>()

  add(changes: readonly DeadlineChange[]): void {
    for (const change of changes) {
      this.changes.push(change)
      const { scope, id, name } = { name: ALL, ...(change.kind === 'schedule' ? change.row : change) }
      this.#concerned.add(keyOf(scope, id, name))
    }
  }

  /** Whether a change moves or cancels this deadline. */
  concern({ scope, id, name }: DeadlineKey): boolean {
    return this.#concerned.has(keyOf(scope, id, name)) || this.#concerned.has(keyOf(scope, id, ALL))
  }
}

/** No deadline has an empty name. */
const ALL = ''

const keyOf = (...parts: readonly string[]): string => parts.join('\0')

/** What the changes to one scope come to. */
interface Net {
  readonly scope: string
  readonly id: string
  all: boolean
  /** null: cancelled. */
  readonly names: Map<string, DeadlineRow | null>
}

/** Only what the changes of a transaction come to is written: a deadline that is scheduled and then cancelled leaves no row. */
export function deadlineStatements(changes: readonly DeadlineChange[]): readonly SqlStatement[] {
  const nets = netOf(changes)
  const cleared: Net[] = []
  const cancelled: DeadlineKey[] = []
  const scheduled: DeadlineRow[] = []
  for (const net of nets) {
    const { scope, id, all, names } = net
    if (all) cleared.push(net)
    for (const [name, row] of names) {
      if (row !== null) scheduled.push(row)
      else if (!all) cancelled.push({ scope, id, name })
    }
  }
  const statements: SqlStatement[] = []
  if (cleared.length > 0) statements.push(deleteDeadlinesOf(cleared))
  if (cancelled.length > 0) statements.push(deleteDeadlines(cancelled))
  if (scheduled.length > 0) statements.push(upsertDeadlines(scheduled))
  return statements
}

/** In the order of their keys, so that two transactions never wait for each other's rows. */
function netOf(changes: readonly DeadlineChange[]): readonly Net[] {
  const nets = new Map<string, Net>()
  for (const change of changes) {
    const { scope, id } = change.kind === 'schedule' ? change.row : change
    const key = keyOf(scope, id)
    const net = nets.get(key) ?? { scope, id, all: false, names: new Map() }
    nets.set(key, net)
    if (change.kind === 'schedule') net.names.set(change.row.name, change.row)
    else if (change.kind === 'cancel') net.names.set(change.name, null)
    else {
      net.all = true
      net.names.clear()
    }
  }
  return [...nets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, net]) => net)
}

/** ISO 8601; undefined when nothing was scheduled. */
export function earliestDue(changes: readonly DeadlineChange[]): string | undefined {
  let earliest: string | undefined
  for (const change of changes) {
    if (change.kind !== 'schedule') continue
    const { dueAt } = change.row
    if (earliest === undefined || dueAt < earliest) earliest = dueAt
  }
  return earliest
}
