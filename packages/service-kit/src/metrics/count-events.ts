import type { EventStore } from '@stocker/cqrs'
import type { Metrics } from './create-metrics.ts'
import type { MetricDefinition } from './metric-catalogue.ts'

export interface EventCounter {
  readonly name: string
  /** Its one label gets the value that `values` has for the event. */
  readonly definition: Pick<MetricDefinition, 'help'> & { readonly labels: readonly [string] }
  /** Type of event → value of the label. Other events are not counted. */
  readonly values: Readonly<Record<string, string>>
}

/** Counts what became of things by the events that say so, each once: where it is committed. All values of the label are there, at 0, from the start. */
export function countEvents(metrics: Metrics, store: EventStore, { name, definition, values }: EventCounter): void {
  const [label] = definition.labels
  const born = [...new Set(Object.values(values))].map((value) => ({ [label]: value }))
  const count = metrics.ownCounter(name, definition, born)
  const labelsOf = new Map(Object.entries(values).map(([type, value]) => [type, { [label]: value }]))
  store.onCommitted((changes) => {
    for (const { events } of changes) {
      for (const { type } of events) {
        const labels = labelsOf.get(type)
        if (labels !== undefined) count(labels)
      }
    }
  })
}
