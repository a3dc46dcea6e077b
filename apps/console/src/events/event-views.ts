import type { CatalogueEntry } from './catalogue.ts'
import type { Traffic } from './read-traffic.ts'
import type { UnknownTraffic } from './traffic.ts'

export interface EventView {
  readonly name: string
  readonly topic: string
  readonly description: string
  readonly version: number
  readonly key: string
  readonly producer: string
  readonly consumers: readonly { readonly service: string; readonly group: string }[]
  readonly personalFields: readonly string[]
  readonly last15Minutes: { readonly count: number; readonly exact: boolean }
  readonly lastSeenAt: string | null
}

export interface EventsView {
  readonly at: string
  readonly events: readonly EventView[]
  readonly unknown: readonly UnknownTraffic[]
}

/** `typeSeen`: the name of a type as a viewer sees it; anybody can write one into a record. */
export function eventsView(
  catalogue: readonly CatalogueEntry[],
  { at, topics }: Traffic,
  typeSeen: (type: string) => string,
): EventsView {
  const traffic = new Map(topics.flatMap(({ events }) => events).map((each) => [each.event, each]))
  return {
    at: new Date(at).toISOString(),
    events: catalogue.map(({ fields, ...entry }) => {
      const { count = 0, exact = true, lastSeenAt } = traffic.get(entry.name) ?? {}
      return {
        ...entry,
        // What lies in a personal field need not be named, too.
        personalFields: fields
          .filter(
            ({ personal, path }) =>
              personal && !fields.some((outer) => outer.personal && path.startsWith(`${outer.path}.`)),
          )
          .map(({ path }) => path),
        last15Minutes: { count, exact },
        lastSeenAt: lastSeenAt === undefined ? null : new Date(lastSeenAt).toISOString(),
      }
    }),
    unknown: topics
      .flatMap(({ unknown }) => unknown)
      .map((each) => ({ ...each, type: each.type === null ? null : typeSeen(each.type) })),
  }
}
