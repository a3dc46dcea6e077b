import { TopicReader } from '@stocker/kafka-config'
import type { BackgroundWork } from '@stocker/service-kit'
import { MASK } from '../access/mask-payload.ts'
import type { ConsoleParts } from '../feature.ts'
import { isShownType } from '../messages/message-mask.ts'
import type { CatalogueEntry } from './catalogue.ts'
import { eventCatalogue } from './catalogue.ts'
import type { EventsView } from './event-views.ts'
import { eventsView } from './event-views.ts'
import { createTrafficReader } from './read-traffic.ts'

export interface EventDesk {
  readonly catalogue: readonly CatalogueEntry[]
  /** All events with what came of them lately. */
  readonly events: () => Promise<EventsView>
  readonly work: BackgroundWork
}

export function createEventDesk({ kafka, services }: Pick<ConsoleParts, 'kafka' | 'services'>): EventDesk {
  const reader = new TopicReader(kafka)
  const traffic = createTrafficReader(reader)
  const catalogue = eventCatalogue(services)
  return {
    catalogue,
    events: async () => eventsView(catalogue, await traffic(), (type) => (isShownType(type) ? type : MASK)),
    work: { start: () => undefined, stop: () => reader.close() },
  }
}
