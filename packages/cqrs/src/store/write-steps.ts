import type { AnyAggregate } from '../aggregates/aggregate.ts'
import type { DeadlineChange } from '../deadlines/deadline-changes.ts'
import { deadlineStatements } from '../deadlines/deadline-changes.ts'
import { insertEvents } from '../postgres/event-rows.ts'
import {
  assertSagas,
  deleteAssociations,
  deleteAssociationsOf,
  insertAssociations,
  insertSagas,
  updateSagas,
} from '../postgres/saga-rows.ts'
import type { SnapshotRow } from '../postgres/stream-rows.ts'
import { assertVersions, snapshotRevision, upsertSnapshots, VERSION_HAS_MOVED_ON } from '../postgres/stream-rows.ts'
import type { InlineProjection, StreamChange } from '../read-models/projection.ts'
import type { SagaAttempt } from '../sagas/saga-attempt.ts'
import type { RowWriter, SqlStatement } from '../sql-statement.ts'
import type { Attempt } from './attempt.ts'
import { UNIQUE_VIOLATION } from './gate.ts'

/** A statement of the write transaction, and the SQLSTATEs of it that mean "somebody was faster". */
export interface WriteStep {
  readonly statement: SqlStatement
  readonly conflictsOn: readonly string[]
}

/** What an attempt writes. Cheap refusals come first: what fails early costs the server least. */
export function writeSteps(
  attempt: Attempt,
  changes: readonly StreamChange[],
  deadlines: readonly DeadlineChange[],
  aggregates: ReadonlyMap<string, AnyAggregate>,
  projections: readonly InlineProjection[],
): WriteStep[] {
  const steps: WriteStep[] = []
  const add = (statement: SqlStatement, ...conflictsOn: readonly string[]) => steps.push({ statement, conflictsOn })
  const { streams, versions } = attempt.unguarded()
  if (streams.length > 0) add(assertVersions(streams, versions), VERSION_HAS_MOVED_ON)
  const unchanged = attempt.sagas?.unguarded() ?? []
  if (unchanged.length > 0) add(assertSagas(unchanged), VERSION_HAS_MOVED_ON)
  const passThrough = (late: boolean) => {
    for (const [gate, rows] of attempt.passing) {
      if ((gate.late ?? false) === late) add(gate.write([...rows.values()]), gate.conflictsOn)
    }
  }
  passThrough(false)
  if (attempt.sagas !== undefined) steps.push(...sagaSteps(attempt.sagas, attempt.occurredAt))
  if (attempt.events.length > 0) {
    add(insertEvents(attempt.events, attempt.occurredAt), UNIQUE_VIOLATION)
    const snapshots = dueSnapshots(changes, aggregates)
    if (snapshots.length > 0) add(upsertSnapshots(snapshots))
    for (const projection of projections) {
      const { aggregates: wanted } = projection
      const relevant = wanted === undefined ? changes : changes.filter(({ aggregate }) => wanted.includes(aggregate))
      if (relevant.length > 0) for (const statement of projection.project(relevant)) add(statement)
    }
  }
  passThrough(true)
  for (const statement of deadlineStatements(deadlines)) add(statement)
  for (const statement of attempt.statements) add(statement)
  for (const [writer, rows] of attempt.rows as Map<RowWriter<unknown>, unknown[]>) {
    for (const statement of writer.statements(rows)) add(statement)
  }
  return steps
}

function sagaSteps(sagas: SagaAttempt, at: string): WriteStep[] {
  const steps: WriteStep[] = []
  const add = (statement: SqlStatement, ...conflictsOn: readonly string[]) => steps.push({ statement, conflictsOn })
  const writes = sagas.writes()
  const begun = writes.filter(({ previousVersion }) => previousVersion === 0)
  const known = writes.filter(({ previousVersion }) => previousVersion > 0)
  if (begun.length > 0) add(insertSagas(begun, at), UNIQUE_VIOLATION)
  if (known.length > 0) add(updateSagas(known, at), VERSION_HAS_MOVED_ON)
  const { ended, removed, added } = sagas.associations.net()
  if (ended.length > 0) add(deleteAssociationsOf(ended))
  if (removed.length > 0) add(deleteAssociations(removed))
  if (added.length > 0) add(insertAssociations(added))
  return steps
}

function dueSnapshots(
  changes: readonly StreamChange[],
  aggregates: ReadonlyMap<string, AnyAggregate>,
): readonly SnapshotRow[] {
  const due: SnapshotRow[] = []
  for (const { aggregate: name, stream, version, state, events } of changes) {
    const aggregate = aggregates.get(name)
    const every = aggregate?.snapshotEvery
    if (aggregate === undefined || every === undefined) continue
    if (Math.floor(version / every) === Math.floor((version - events.length) / every)) continue
    due.push({ stream, version, revision: snapshotRevision(aggregate), state })
  }
  return due
}
