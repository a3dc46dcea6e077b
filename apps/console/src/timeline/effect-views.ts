import type { EventEffects } from '@stocker/cqrs'
import type { SagaStep } from './saga-replay.ts'
import type { Effect, FieldChange } from './timeline.ts'

/** What of an order somebody may see; a `Masker` is one. */
export interface Sight {
  /** The value of a field of a state or a row, by its path. */
  field(path: string, value: unknown): unknown
  /** The message of an error. */
  errorText(text: string): string
}

/** What an event changed: of its aggregate, then of the rows of the read models. */
export function eventEffects({ event, state, rows }: EventEffects, sight: Sight): readonly Effect[] {
  const { stream, version } = event
  const name = stream.slice(0, stream.indexOf('-'))
  const ofAggregate: Effect = {
    kind: 'aggregate',
    target: name,
    key: stream.slice(name.length + 1),
    verb: version === 1 ? 'insert' : 'update',
    changes: (state?.changes ?? dataOf(event.data)).map((change) => viewOf(change, sight)),
  }
  const ofRows = rows.map(
    ({ table, verb, key, columns }): Effect => ({
      kind: 'row',
      target: table,
      key: Object.entries(key)
        .map(([column, value]) => String(sight.field(column, value)))
        .join(', '),
      verb:
        verb === 'upsert'
          ? columns.every(({ before }) => before === undefined || before === null)
            ? 'insert'
            : 'update'
          : verb,
      changes: verb === 'delete' ? [] : columns.map((change) => viewOf(change, sight)),
    }),
  )
  return ofAggregate.changes.length === 0 && ofRows.length === 0 ? [] : [ofAggregate, ...ofRows]
}

export const sagaEffect = ({ saga, id, began, changes }: SagaStep, sight: Sight): Effect => ({
  kind: 'saga',
  target: saga,
  key: id,
  verb: began ? 'insert' : 'update',
  changes: changes.map((change) => viewOf(change, sight)),
})

/** The state before is not known: what the event says has to do. */
const dataOf = (data: unknown): readonly FieldChange[] =>
  typeof data === 'object' && data !== null
    ? Object.entries(data).map(([field, after]) => ({ field, before: undefined, after }))
    : []

/** Of a list that has only grown, what was added. */
function viewOf({ field, before, after }: FieldChange, sight: Sight): FieldChange {
  const added = grownBy(before, after)
  if (added !== undefined) return { field: `${field} +`, before: null, after: sight.field(field, added) }
  return {
    field,
    before: before === undefined ? null : sight.field(field, before),
    after: after === undefined ? null : sight.field(field, after),
  }
}

function grownBy(before: unknown, after: unknown): unknown {
  if (!Array.isArray(before) || !Array.isArray(after) || after.length <= before.length) return undefined
  if (JSON.stringify(after.slice(0, before.length)) !== JSON.stringify(before)) return undefined
  const added = after.slice(before.length)
  return added.length === 1 ? added[0] : added
}
