import type { EventEffects } from '@stocker/cqrs'
import type { SagaStep } from './saga-replay.ts'
import type { Effect, FieldChange } from './timeline.ts'

/** Hides the value of a field, by its path, from who must not see it. */
export type MaskField = (path: string, value: unknown) => unknown

/** What an event changed: of its aggregate, then of the rows of the read models. */
export function eventEffects({ event, state, rows }: EventEffects, mask: MaskField): readonly Effect[] {
  const { stream, version } = event
  const name = stream.slice(0, stream.indexOf('-'))
  const ofAggregate: Effect = {
    kind: 'aggregate',
    target: name,
    key: stream.slice(name.length + 1),
    verb: version === 1 ? 'insert' : 'update',
    changes: (state?.changes ?? dataOf(event.data)).map((change) => viewOf(change, mask)),
  }
  const ofRows = rows.map(
    ({ table, verb, key, columns }): Effect => ({
      kind: 'row',
      target: table,
      key: Object.entries(key)
        .map(([column, value]) => String(mask(column, value)))
        .join(', '),
      verb:
        verb === 'upsert'
          ? columns.every(({ before }) => before === undefined || before === null)
            ? 'insert'
            : 'update'
          : verb,
      changes: verb === 'delete' ? [] : columns.map((change) => viewOf(change, mask)),
    }),
  )
  return ofAggregate.changes.length === 0 && ofRows.length === 0 ? [] : [ofAggregate, ...ofRows]
}

export const sagaEffect = ({ saga, id, began, changes }: SagaStep, mask: MaskField): Effect => ({
  kind: 'saga',
  target: saga,
  key: id,
  verb: began ? 'insert' : 'update',
  changes: changes.map((change) => viewOf(change, mask)),
})

/** The state before is not known: what the event says has to do. */
const dataOf = (data: unknown): readonly FieldChange[] =>
  typeof data === 'object' && data !== null
    ? Object.entries(data).map(([field, after]) => ({ field, before: undefined, after }))
    : []

/** Of a list that has only grown, what was added. */
function viewOf({ field, before, after }: FieldChange, mask: MaskField): FieldChange {
  const added = grownBy(before, after)
  if (added !== undefined) return { field: `${field} +`, before: null, after: mask(field, added) }
  return {
    field,
    before: before === undefined ? null : mask(field, before),
    after: after === undefined ? null : mask(field, after),
  }
}

function grownBy(before: unknown, after: unknown): unknown {
  if (!Array.isArray(before) || !Array.isArray(after) || after.length <= before.length) return undefined
  if (JSON.stringify(after.slice(0, before.length)) !== JSON.stringify(before)) return undefined
  const added = after.slice(before.length)
  return added.length === 1 ? added[0] : added
}
